/** A bare socket that speaks the json protocol: the hub's side of a story told in a browser. */

import net from 'node:net';
import readline from 'node:readline';

import { Lines } from './patience.mjs';

export class Wire {
  #socket;
  #events = new Lines();

  constructor(port) {
    this.#socket = net.connect(port, '127.0.0.1');
    readline.createInterface({ input: this.#socket })
      .on('line', (line) => line.startsWith('{') && this.#events.push(JSON.parse(line)));
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => this.#events.end('closed'));
  }

  /** A wire that has said hello as `nick` and follows `room`. */
  static async join(port, nick, room) {
    const wire = new Wire(port);
    wire.send({ op: 'hello', nick });
    await wire.event('welcome');
    wire.send({ op: 'subscribe', room });
    await wire.event('subscribed');
    return wire;
  }

  send(command) {
    this.#socket.write(`${JSON.stringify(command)}\n`);
  }

  say(room, text, fields = {}) {
    this.send({ op: 'publish', room, text, ...fields });
  }

  /** The next event of this name that is as wanted. */
  event(ev, wanted = () => true) {
    return this.#events.next((event) => event.ev === ev && wanted(event), `${ev} as ${wanted}`);
  }

  /** The next message with this text. */
  heard(text) {
    return this.event('message', (message) => message.text === text);
  }

  /** Says it, and waits until it is in the log. */
  async publish(room, text, fields = {}) {
    ids += 1;
    const id = `w${ids}`;
    this.say(room, text, { id, ...fields });
    return this.event('ack', (ack) => ack.id === id);
  }

  async members(room) {
    this.send({ op: 'members', room });
    return (await this.event('members')).members.map((member) => member.nick);
  }

  close() {
    this.#socket.destroy();
  }
}

let ids = 0;
