/** Who else drives in this room: one operator at a time is safe, two are not. Pure. */

import { decode } from './stick.js';

/** A pad that drives repeats itself twenty times a second; so long a silence, and it has stopped. */
const SILENCE_MS = 2000;

export class Others {
  constructor() {
    this.heard = new Map();
  }

  /** A message of the room, by somebody else. */
  hear({ from, text }, now_ms) {
    const state = decode(text);
    if (!state) return;
    if (state.armed) this.heard.set(from, now_ms);
    else this.heard.delete(from);
  }

  /** The nicks of those who drive now. */
  driving(now_ms) {
    for (const [nick, at_ms] of this.heard) if (now_ms - at_ms > SILENCE_MS) this.heard.delete(nick);
    return [...this.heard.keys()];
  }
}
