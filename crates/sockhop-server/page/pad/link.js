/**
 * The way from the pad to its room. A state goes out now or never: nothing is queued, and a link
 * that swallows what it is given without answering is called stalled, which the person who drives
 * must know before the robot does.
 */

import { encode } from './stick.js';

/** More than this in the socket's own buffer is some ten states behind. */
const BUFFERED_MAX = 4096;
const PING_MS = 100;
/**
 * A ping unanswered for so long: the link is stalled, though the kernel still takes bytes. What was put in
 * until then comes out when the link thaws, and nobody can take it back: so it is soon.
 */
const STALL_MS = 500;

export class Link {
  constructor(hub, room) {
    this.hub = hub;
    this.room = room;
    this.pings = new Map();
    this.pinged_ms = -Infinity;
    this.rtt_ms = null;
    this.off = hub.on('pong', ({ id }) => this.#pong(id, performance.now()));
  }

  /** 'open', 'stalled' or 'away', and a ping when one is due. */
  look(now_ms) {
    if (this.hub.state !== 'open') {
      this.pings.clear();
      this.rtt_ms = null;
      return 'away';
    }
    if (now_ms - this.pinged_ms >= PING_MS) this.#ping(now_ms);
    const [oldest_ms = now_ms] = this.pings.values();
    return this.hub.bufferedAmount > BUFFERED_MAX || now_ms - oldest_ms > STALL_MS ? 'stalled' : 'open';
  }

  /** Says one state in the room; whether it went. */
  send(state) {
    count += 1;
    const text = encode(state, count, Math.round(performance.now() * 1000));
    return this.hub.send({ op: 'publish', room: this.room, text, type: 'application/json', ephemeral: true });
  }

  close() {
    this.off();
  }

  #ping(now_ms) {
    this.pinged_ms = now_ms;
    const id = `pad-${Math.round(now_ms * 1000)}`;
    if (this.hub.send({ op: 'ping', id })) this.pings.set(id, now_ms);
  }

  #pong(id, now_ms) {
    const sent_ms = this.pings.get(id);
    if (sent_ms === undefined) return;
    this.rtt_ms = now_ms - sent_ms;
    // Answers come in order: whatever was asked before this is answered, or lost with an old socket.
    for (const [earlier, at_ms] of this.pings) if (at_ms <= sent_ms) this.pings.delete(earlier);
  }
}

/** `n`, over every pad of this page load, as `t_us` is: both begin anew together. */
let count = 0;
