/**
 * Live events on their way into the log: handed over once a frame, so that a burst costs one layout, and more
 * rarely where a machine talks, since nobody reads a hundred lines a second. Bounded: in a hidden tab there
 * are no frames, and only the newest events are worth having.
 */

const FAST_PER_MS = 0.02;
const FAST_PAUSE_MS = 250;

export class Inflow {
  #max;
  #onReady;
  #events = [];
  /** How many messages did not fit. */
  #lost = 0;
  #timer = 0;
  #frame = 0;
  #takenAt = 0;
  #pauseMs = 0;

  /** @param {number} max how many events it keeps @param {() => void} onReady called when it is time to `take` */
  constructor(max, onReady) {
    this.#max = max;
    this.#onReady = onReady;
  }

  get isEmpty() {
    return this.#events.length === 0;
  }

  push(event) {
    this.#events.push(event);
    if (this.#events.length > this.#max && this.#events.shift().type === 'message') this.#lost += 1;
    this.schedule();
  }

  /** Calls `onReady` in the next frame, or the one after the pause. */
  schedule() {
    if (this.#timer) return;
    const wait = Math.max(0, this.#takenAt + this.#pauseMs - performance.now());
    this.#timer = setTimeout(() => {
      this.#frame = requestAnimationFrame(() => {
        this.#timer = 0;
        this.#onReady();
      });
    }, wait);
  }

  /** What came since it was last taken; `lost` is how many messages came before that and did not fit. */
  take() {
    const taken = { events: this.#events, lost: this.#lost };
    const now = performance.now();
    const isFast = taken.events.length > FAST_PER_MS * Math.max(100, now - this.#takenAt);
    this.#pauseMs = isFast ? FAST_PAUSE_MS : 0;
    this.#takenAt = now;
    this.clear();
    return taken;
  }

  clear() {
    this.#events = [];
    this.#lost = 0;
  }

  close() {
    clearTimeout(this.#timer);
    cancelAnimationFrame(this.#frame);
  }
}
