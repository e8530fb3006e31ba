/**
 * One session with the hub, over a WebSocket that is opened again whenever it is lost.
 *
 * This file says who we are and hands each event to the part it concerns:
 *
 *   hub/link.js       the socket: opening it again, noticing that it is dead
 *   hub/identity.js   the token, the nick and the last id, kept by the browser
 *   hub/requests.js   what is answered by id: publish, direct, ping
 *   hub/questions.js  what is answered without one, so asked one at a time
 *   hub/rooms.js      what is followed and asked of rooms
 *   hub/cursor.js     one followed room: each message once, in order
 */

import { Identity } from './hub/identity.js';
import { Link } from './hub/link.js';
import { Questions } from './hub/questions.js';
import { Requests } from './hub/requests.js';
import { Rooms } from './hub/rooms.js';

export class Hub {
  #link;
  #identity;
  #secret;
  #requests;
  #questions;
  #rooms;
  #listeners = new Map();

  /** @param {{url: string, nick?: string, secret?: string}} options `url` is `ws://host/-/ws` */
  constructor({ url, nick, secret }) {
    /** @type {'connecting'|'open'|'waiting'|'refused'|'replaced'} */
    this.state = 'connecting';
    /** The last thing the hub said against this connection: `{code, message, hint}`. */
    this.problem = null;
    /** When the next attempt is made, in `Date.now()` time, while `waiting`. */
    this.retryAt = 0;
    /** The hub's own name and version, once it said welcome. */
    this.name = '';
    this.version = '';
    this.#identity = new Identity(nick);
    this.#secret = secret;
    this.#requests = new Requests(this.#identity, (command) => this.#link.send(command));
    this.#questions = new Questions((command) => this.#link.send(command));
    this.#rooms = new Rooms(this.#questions);
    this.#link = new Link(url, {
      connecting: () => this.#become('connecting'),
      opened: () => this.#hello({ nick: this.#identity.nick, session: this.#identity.token }),
      event: (event) => this.#handle(event),
      lost: (retryAt) => this.#lost(retryAt),
    });
    this.#link.open();
  }

  /** What we are called; empty before the first welcome. */
  get nick() {
    return this.#identity.nick ?? '';
  }

  /** The secret that was presented, if there is one. */
  get secret() {
    return this.#secret ?? '';
  }

  /** Bytes that wait in the socket. */
  get bufferedAmount() {
    return this.#link.bufferedAmount;
  }

  /** The last round trip to the hub in milliseconds, or null. */
  get roundTripMs() {
    return this.#link.roundTripMs;
  }

  /** Whether it was said by us, under this nick or an earlier one of this session. @param {string} nick */
  isOwn(nick) {
    return this.#identity.isOwn(nick);
  }

  /**
   * Listens for an `ev` of the hub, for `state`, for `nick` (ours is now another) or for
   * `nick_refused` (the one we wished for at the door).
   * @returns {() => void} stops listening
   */
  on(name, listener) {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** Says it now or never: false if there is no open connection. */
  send(command) {
    return this.state === 'open' && this.#link.send(command);
  }

  /**
   * Says it until it is answered, also after a lost connection; resolves to the `ack` or `pong`,
   * rejects with `{code, message, hint}`.
   */
  request(command) {
    return this.#requests.add(command);
  }

  /** Takes another nick. Resolves when it is ours, rejects with `{code, message, hint}`. */
  async rename(nick) {
    await this.#questions.ask({
      command: () => ({ op: 'nick', nick }),
      // Nothing in particular answers a change of nick: a refusal would come before this pong.
      fence: true,
      answer: (event, fence) => event.ev === 'pong' && event.id === fence && event,
    });
    this.#identity.choose(nick);
    this.#emit('nick', { nick });
  }

  /** Presents another secret, from now on. */
  present(secret) {
    this.#secret = secret;
    this.problem = null;
    if (this.state !== 'open') this.#link.open();
  }

  /** Opens the connection again: now instead of later, or after `replaced`. */
  reconnect() {
    this.#link.open();
  }

  /**
   * Follows a room. A room followed twice is one subscription to the hub.
   * @param {string} room
   * @param {(event: object) => void} tell gets `{type: 'message', message}`, `{type: 'missed', from, to}`,
   *   `joined`, `left`, `renamed`, `presence`, `{type: 'subscribed', head, members}`, `{type: 'resumed', missed}`,
   *   `{type: 'restarted'}` (the log is a new one, from 1) and `{type: 'refused', code, message, hint}`
   * @returns {() => void} stops following
   */
  follow(room, tell) {
    return this.#rooms.follow(room, tell);
  }

  /** The head of a followed room: the seq of its newest message. */
  head(room) {
    return this.#rooms.head(room);
  }

  /**
   * Old messages, oldest first.
   * @param {string} room
   * @param {{before?: number, since?: number, limit?: number}} range
   * @returns {Promise<{messages: object[], head: number}>}
   */
  history(room, range = {}) {
    return this.#rooms.history(room, range);
  }

  /** The rooms of the hub: `{room, head, members}`. @returns {Promise<object[]>} */
  rooms() {
    return this.#rooms.list();
  }

  /** Who is in a room: `{nick, protocol, since_us}`. @returns {Promise<object[]>} */
  members(room) {
    return this.#rooms.members(room);
  }

  /** Fetches JSON from the hub over HTTP, with the secret if there is one. @returns {Promise<Response>} */
  fetch(path) {
    const headers = { accept: 'application/json' };
    // A header holds bytes, here each as a character.
    if (this.#secret) headers.authorization = `Bearer ${String.fromCharCode(...new TextEncoder().encode(this.#secret))}`;
    return fetch(path, { headers });
  }

  #hello({ nick, session }) {
    this.#link.send({ op: 'hello', nick, session, secret: this.#secret || undefined, echo: true, client: 'sockhop-page' });
  }

  #handle(event) {
    if (this.state !== 'open') {
      this.#handleAtTheDoor(event);
    } else if (event.ev === 'error') {
      this.#handleError(event);
    } else if (!this.#requests.handle(event) && !this.#questions.handle(event)) {
      if (event.ev === 'renamed' && event.nick === this.nick) this.#renamed(event.to);
      this.#rooms.handle(event);
      this.#emit(event.ev, event);
    }
  }

  #handleAtTheDoor(event) {
    if (event.ev === 'welcome') return this.#welcome(event);
    if (event.ev !== 'error') return undefined;
    this.problem = event;
    switch (event.code) {
      case 'nick_taken':
      case 'bad_nick':
        this.#emit('nick_refused', { ...event, nick: this.nick });
        return this.#hello({});
      case 'bad_session':
        this.#identity.renew();
        return this.#hello({ session: this.#identity.token });
      case 'secret_required':
      case 'wrong_secret':
        return this.#stop('refused');
      default:
        return this.#emit('error', event);
    }
  }

  #welcome(event) {
    this.#link.settle();
    this.problem = null;
    this.name = event.hub;
    this.version = event.version;
    this.#identity.welcome(event);
    // Rooms first, so that nothing is asked of a room before its cursor stands.
    this.#rooms.resume();
    this.#become('open');
    this.#requests.resume();
    this.#questions.resume();
    this.#emit('welcome', event);
    this.#emit('nick', { nick: event.nick });
  }

  #handleError(event) {
    if (event.code === 'resumed') return this.#stop('replaced');
    if (event.code === 'shutting_down' || event.code === 'slow_consumer') this.problem = event;
    if (!this.#requests.handleError(event)) this.#questions.handleError(event);
    return this.#emit('error', event);
  }

  #renamed(nick) {
    this.#identity.go(nick);
    this.#emit('nick', { nick });
  }

  #lost(retryAt) {
    this.retryAt = retryAt;
    this.#leave('waiting');
  }

  #stop(state) {
    this.#link.stop();
    this.#leave(state);
  }

  #leave(state) {
    this.#requests.lose();
    this.#questions.lose();
    this.#rooms.lose();
    this.#become(state);
  }

  #become(state) {
    this.state = state;
    this.#emit('state', { state, retryAt: this.retryAt, problem: this.problem });
  }

  #emit(name, event) {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        listener(event);
      } catch (error) {
        reportError(error);
      }
    }
  }
}
