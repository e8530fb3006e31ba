/**
 * The `ws` library as a client of the hub: node socket.mjs STORY PORT
 *
 * Each story is told to its end, or the program fails. Where the hub has to do something, the story
 * says so in a line of output and waits for one of input.
 */

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import readline from 'node:readline';

import { decode, encode } from '@msgpack/msgpack';
import WebSocket from 'ws';

import { inTime, Lines } from './patience.mjs';

const [story, port] = process.argv.slice(2);
const url = `ws://127.0.0.1:${port}/-/ws`;
const input = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Tells the hub's keeper what is to be done, and waits until it is. */
async function ask(what) {
  console.log(what);
  await inTime(input.next(), what);
}

/** A session in JSON, or with `packed` in MessagePack. */
class Session {
  #events = new Lines();
  #packed;

  constructor({ packed = false, ...options } = {}) {
    this.#packed = packed;
    this.socket = new WebSocket(url, options);
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => {
        this.#events.end(`${code} ${reason}`);
        resolve(`${code} ${reason}`);
      });
    });
    this.socket.on('error', (error) => this.#events.end(error.message));
    this.socket.on('message', (data, isBinary) => {
      assert.equal(isBinary, packed, 'it is answered in the kind it sent');
      this.#events.push(packed ? decode(data) : JSON.parse(data.toString()));
    });
    this.socket.on('pong', (data) => this.#events.push({ ev: `pong ${data}` }));
    this.opened = inTime(new Promise((resolve, reject) => {
      this.socket.on('open', resolve);
      this.socket.on('error', reject);
    }), 'open');
  }

  static async hello(fields = {}, options = {}) {
    const session = new Session(options);
    await session.opened;
    session.send({ op: 'hello', ...fields });
    session.welcome = await session.event('welcome');
    return session;
  }

  encoded(command) {
    return this.#packed ? encode(command) : JSON.stringify(command);
  }

  send(command) {
    this.socket.send(this.encoded(command), { binary: this.#packed });
  }

  event(ev, wanted = () => true) {
    return this.#events.next((event) => event.ev === ev && wanted(event), `${ev} as ${wanted}`);
  }

  async follow(room) {
    this.send({ op: 'subscribe', room });
    return this.event('subscribed');
  }

  end() {
    return inTime(this.closed, 'the end');
  }
}

const stories = {
  /** JSON and MessagePack meet in one room, bytes and all. */
  async together() {
    const json = await Session.hello({ nick: 'json' });
    const pack = await Session.hello({ nick: 'pack' }, { packed: true });
    assert.equal(json.socket.extensions, '', 'no extension was agreed on');
    assert.match(json.welcome.session, /./);
    await json.follow('lobby');
    assert.equal((await pack.follow('lobby')).members, 2);
    await json.event('joined', (joined) => joined.nick === 'pack');

    json.send({ op: 'publish', room: 'lobby', text: 'grüße, 你好, 🎉', id: 1 });
    assert.equal((await json.event('ack')).seq, 1);
    assert.equal((await pack.event('message')).text, 'grüße, 你好, 🎉');
    const bytes = crypto.randomBytes(1000);
    pack.send({ op: 'publish', room: 'lobby', data: bytes, type: 'application/x-noise', id: 'b' });
    assert.equal((await pack.event('ack')).id, 'b');
    const message = await json.event('message');
    assert.deepEqual([message.data, message.type], [bytes.toString('base64'), 'application/x-noise']);
    json.send({ op: 'publish', room: 'lobby', data: bytes.toString('base64') });
    assert.deepEqual(Buffer.from((await pack.event('message')).data), bytes);

    json.send({ op: 'direct', to: 'pack', text: 'between us' });
    assert.equal((await pack.event('direct')).from, 'json');
    json.send({ op: 'nonsense' });
    assert.equal((await json.event('error')).code, 'unknown_op');
    json.socket.send('[1, 2]');
    assert.equal((await json.event('error')).code, 'bad_message');
    pack.socket.send(Buffer.from([0xc1]));
    assert.equal((await pack.event('error')).code, 'bad_message');
    // Both are still there.
    json.send({ op: 'ping', id: 7 });
    await json.event('pong', (pong) => pong.id === 7);
    pack.send({ op: 'ping', id: 8 });
    await pack.event('pong', (pong) => pong.id === 8);
  },

  /** A message may come in parts, and a ping between them is answered first. */
  async inParts() {
    for (const packed of [false, true]) {
      const session = await Session.hello({ echo: true }, { packed });
      await session.follow('parts');
      const text = `in parts, ${'größer '.repeat(30_000)}`;
      const whole = Buffer.from(session.encoded({ op: 'publish', room: 'parts', text }));
      for (let at = 0; at < whole.length; at += 50_001) {
        const end = at + 50_001;
        const fin = end >= whole.length;
        session.socket.send(whole.subarray(at, end), { binary: packed, fin });
        if (fin) break;
        session.socket.ping(`at ${at}`);
        await session.event(`pong at ${at}`);
      }
      assert.equal((await session.event('message')).text, text);
      // An empty part counts as one.
      session.socket.send('', { binary: packed, fin: false });
      session.socket.send(session.encoded({ op: 'ping', id: 1 }), { binary: packed, fin: false });
      session.socket.send('', { binary: packed, fin: true });
      await session.event('pong');
    }
  },

  /** A ping is answered at once, also before the first message. */
  async pings() {
    const session = new Session();
    await session.opened;
    session.socket.ping('first');
    await session.event('pong first');
    session.socket.ping('x'.repeat(125));
    await session.event(`pong ${'x'.repeat(125)}`);
    session.socket.pong('unasked');
    // It settles nothing: the first message does, and the nick it takes is kept.
    const packed = new Session({ packed: true });
    await packed.opened;
    packed.socket._socket.cork();
    packed.socket.ping('in one packet');
    packed.send({ op: 'hello', nick: 'packed' });
    packed.socket._socket.uncork();
    await packed.event('pong in one packet');
    assert.equal((await packed.event('welcome')).nick, 'packed');
    packed.send({ op: 'direct', to: 'packed', text: 'still me' });
    assert.equal((await packed.event('direct')).from, 'packed');
    session.send({ op: 'ping', id: 1 });
    await session.event('pong', (pong) => pong.id === 1);
  },

  /** Many messages, each once and in order, of every length a frame can have. */
  async lengths() {
    const reader = await Session.hello({});
    await reader.follow('lengths');
    const writer = await Session.hello({}, { packed: true });
    const lengths = [0, 1, 20, 30, 40, 50, 60, 124, 125, 126, 127, 65_400, 65_500, 65_535, 65_536, 65_537, 500_000];
    for (let around = 60; around < 130; around += 1) lengths.push(around);
    for (const length of lengths) writer.send({ op: 'publish', room: 'lengths', text: 'x'.repeat(length) });
    let seq = 0;
    for (const length of lengths) {
      const message = await reader.event('message');
      seq += 1;
      assert.deepEqual([message.seq, message.text.length], [seq, length]);
    }
    for (let number = 1; number <= 5000; number += 1) writer.send({ op: 'publish', room: 'lengths', text: `${number}` });
    for (let number = 1; number <= 5000; number += 1) assert.equal((await reader.event('message')).text, `${number}`);
  },

  /** Each end has its code and its reason. */
  async ends() {
    const bye = await Session.hello({});
    bye.send({ op: 'bye', id: 1 });
    assert.match(await bye.end(), /^1000 said goodbye/);
    const closes = await Session.hello({});
    closes.socket.close(1000, 'enough');
    assert.match(await closes.end(), /^1000/);

    const old = await Session.hello({ nick: 'ann' });
    const fresh = await Session.hello({ nick: 'ann', session: old.welcome.session });
    assert.equal(fresh.welcome.nick, 'ann');
    assert.match(await old.end(), /^4001 ./);

    const large = await Session.hello({});
    large.send({ op: 'publish', room: 'r', text: 'x'.repeat(2 << 20) });
    assert.equal((await large.event('error')).code, 'too_large');
    assert.match(await large.end(), /^1009 ./);
    const parts = await Session.hello({}, { packed: true });
    for (let part = 0; part < 40; part += 1) parts.socket.send(Buffer.alloc(1 << 16), { fin: false });
    assert.match(await parts.end(), /^1009 ./);

    const broken = await Session.hello({});
    broken.socket.send(Buffer.from([0x7b, 0xff, 0x7d]), { binary: false });
    assert.equal((await broken.event('error')).code, 'bad_utf8');
    assert.match(await broken.end(), /^1007 ./);
    const unfinished = await Session.hello({});
    unfinished.socket.send('{', { fin: false });
    unfinished.socket._sender.sendFrame([Buffer.from([0x81, 0x80, 0, 0, 0, 0])]);
    assert.match(await unfinished.end(), /^1002 ./);
  },

  /** A hub with a secret: none, a wrong one, the right one. */
  async secret() {
    const none = new Session();
    await none.opened;
    none.send({ op: 'subscribe', room: 'lobby' });
    assert.equal((await none.event('error')).code, 'secret_required');
    none.send({ op: 'hello', secret: 'swordfish' });
    await none.event('welcome');
    const wrong = new Session();
    await wrong.opened;
    wrong.send({ op: 'hello', secret: 'guess' });
    assert.equal((await wrong.event('error')).code, 'wrong_secret');
    assert.match(await wrong.end(), /^1008 ./);
    const query = new Session();
    await query.opened;
    query.send({ op: 'hello', secret: 'swordfish', nick: 'right' });
    assert.equal((await query.event('welcome')).nick, 'right');
  },

  /** Whose session is lost without a word leaves a will; who says goodbye does not. */
  async will() {
    const watcher = await Session.hello({});
    await watcher.follow('wills');
    const lost = await Session.hello({ nick: 'lost' }, { packed: true });
    lost.send({ op: 'will', room: 'wills', text: 'lost is gone' });
    const polite = await Session.hello({ nick: 'polite' });
    polite.send({ op: 'will', room: 'wills', text: 'never said' });
    polite.send({ op: 'bye' });
    await polite.end();
    lost.send({ op: 'ping' });
    await lost.event('pong');
    lost.socket.terminate();
    const will = await watcher.event('message');
    assert.deepEqual([will.from, will.text], ['lost', 'lost is gone']);
    // A tab that closes says 1001 (RFC 6455, 7.4.1), which is no goodbye to the room.
    const tab = await Session.hello({ nick: 'tab' });
    tab.send({ op: 'will', room: 'wills', text: 'the tab is gone' });
    tab.send({ op: 'ping' });
    await tab.event('pong');
    tab.socket.close(1001);
    assert.equal((await watcher.event('message')).text, 'the tab is gone');
  },

  /** Comes back by its token after the hub was killed, and reads on where it stopped. */
  async resume() {
    const first = await Session.hello({ nick: 'ann' });
    await first.follow('log');
    for (const text of ['one', 'two']) first.send({ op: 'publish', room: 'log', text, id: text });
    await first.event('ack', (ack) => ack.id === 'two');
    const { session } = first.welcome;
    await ask('kill the hub');
    await first.end();
    const second = await Session.hello({ nick: 'ann', session });
    second.send({ op: 'publish', room: 'log', text: 'three', id: 3 });
    const { seq } = await second.event('ack');
    second.send({ op: 'subscribe', room: 'log', since: 2 });
    assert.equal((await second.event('message')).text, 'two');
    assert.equal((await second.event('message')).text, 'three');
    // Said once, though it is said again: the id is the session's.
    second.send({ op: 'publish', room: 'log', text: 'three', id: 3 });
    assert.equal((await second.event('ack')).seq, seq);
    second.send({ op: 'history', room: 'log' });
    assert.equal((await second.event('history')).head, seq);
  },

  /** The hub says goodbye. */
  async shutdown() {
    const json = await Session.hello({ nick: 'one' });
    const pack = await Session.hello({ nick: 'two' }, { packed: true });
    await json.follow('lobby');
    const ended = Promise.all([json.event('error'), pack.event('error'), json.end(), pack.end()]);
    await ask('stop the hub');
    const [told, packed, ...ends] = await ended;
    assert.deepEqual([told.code, packed.code], ['shutting_down', 'shutting_down']);
    for (const end of ends) assert.match(end, /^1001 the hub shut down/);
  },

  /** What a page of another origin is told. */
  async foreign() {
    const foreign = new Session({ origin: 'https://evil.example' });
    await assert.rejects(foreign.opened, /403/);
    const own = new Session({ origin: `http://127.0.0.1:${port}` });
    await own.opened;
  },
};

try {
  await stories[story]();
  console.log('told to its end');
  process.exit(0);
} catch (error) {
  // Where whoever waits for a line of output sees it.
  console.log(error.stack);
  process.exit(1);
}
