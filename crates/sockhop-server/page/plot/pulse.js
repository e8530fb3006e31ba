/**
 * When to draw: once a frame at the most, not while the page is hidden, and no sooner than the picture
 * would have moved by a visible amount.
 */

/** Further off than this, a timer waits instead of idle frames. */
const FRAME_MS = 20;

export class Pulse {
  #draw;
  #frame = 0;
  #timer = 0;
  #dueAt = Infinity;
  #forget;

  /** @param {(now: number) => void} draw */
  constructor(draw) {
    this.#draw = draw;
    const shown = () => this.#plan();
    document.addEventListener('visibilitychange', shown);
    this.#forget = () => document.removeEventListener('visibilitychange', shown);
  }

  /** Asks for a drawing at a time (of `performance.now()`), or for the next frame. An earlier one that is asked for holds. */
  ask(dueAt = 0) {
    if (dueAt >= this.#dueAt) return;
    this.#dueAt = dueAt;
    this.#plan();
  }

  /** Takes back what was asked. */
  rest() {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#frame = 0;
    this.#timer = 0;
    this.#dueAt = Infinity;
  }

  close() {
    this.rest();
    this.#forget();
  }

  #plan() {
    if (this.#dueAt === Infinity || document.hidden || this.#frame !== 0) return;
    clearTimeout(this.#timer);
    const wait = this.#dueAt - performance.now();
    if (wait > FRAME_MS) this.#timer = setTimeout(() => this.#plan(), wait - FRAME_MS / 2);
    else this.#frame = requestAnimationFrame((now) => this.#beat(now));
  }

  #beat(now) {
    this.#frame = 0;
    // Half a frame early is on time: else every second frame would be missed.
    if (now + FRAME_MS / 2 < this.#dueAt) return this.#plan();
    this.#dueAt = Infinity;
    return this.#draw(now);
  }
}
