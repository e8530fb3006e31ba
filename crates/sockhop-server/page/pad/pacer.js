/**
 * When a pad's state is sent: on change at most 100 times a second, repeated 20 times a second while
 * armed, on release neutral three times, then silence. Pure: time is whatever the caller says it is.
 *
 * Nothing here is ever sent late: a state that may not go out now is dropped, and the next one sent
 * is the newest. Only the three neutral states are owed until there is a link to put them on.
 */

import { neutral, sameState } from './stick.js';

const CHANGE_MS = 10;
const REPEAT_MS = 50;
const NEUTRAL_COUNT = 3;

export class Pacer {
  constructor() {
    this.last = neutral();
    this.sent_ms = -Infinity;
    this.beat_ms = -Infinity;
    this.owed = 0;
  }

  /**
   * The states to send at `now_ms`. `link` is 'open', 'stalled' (there is a socket, but what is put
   * in piles up: only a stop goes out) or 'away'; `flush` sends all that is owed at once, for a page
   * whose timers are about to stop.
   */
  step(now_ms, state, { link = 'open', flush = false } = {}) {
    if (state.armed) return this.#drive(now_ms, state, link);
    return this.#stop(now_ms, state, link, flush);
  }

  #drive(now_ms, state, link) {
    const begins = !this.last.armed;
    const repeats = now_ms - this.beat_ms >= REPEAT_MS;
    const changes = now_ms - this.sent_ms >= CHANGE_MS && !sameState(state, this.last);
    if (!begins && !repeats && !changes) return [];
    // A repeat keeps the beat though its frame was late; anything else is where the beat begins.
    const isOnBeat = !begins && !changes && now_ms - this.beat_ms < 2 * REPEAT_MS;
    this.beat_ms = isOnBeat ? this.beat_ms + REPEAT_MS : now_ms;
    this.sent_ms = now_ms;
    this.last = state;
    this.owed = 0;
    if (link !== 'open') return [];
    // A receiver that went stale waits for neutral, then enable: both are true of a fresh hold.
    return begins ? [neutral(state), state] : [state];
  }

  #stop(now_ms, state, link, flush) {
    const ends = this.last.armed || (this.last.connected && !state.connected);
    if (ends) this.owed = NEUTRAL_COUNT;
    this.last = state;
    if (this.owed === 0 || link === 'away') return [];
    if (!ends && !flush && now_ms - this.sent_ms < CHANGE_MS) return [];
    const count = flush ? this.owed : 1;
    this.owed -= count;
    this.sent_ms = now_ms;
    return Array(count).fill(state);
  }
}
