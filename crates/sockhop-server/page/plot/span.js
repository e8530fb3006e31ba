/**
 * Which stretch of time is looked at: the last so many seconds, moving on; or held still; or zoomed. Pure.
 *
 *             ┌─ pause ─► held ─── zoom ──┐
 *   following ┤             ▲  ◄─ reset ─ ▼
 *             └─ zoom ────────────────► zoomed ── reset ─► following, or held
 */

/** After silence the picture moves on by this part of its width, then stands still with the last values in view. */
const SILENT_SHARE = 0.25;
const NARROWEST_S = 1e-4;

export class Span {
  #zoomed = null;
  /** The right edge while held. */
  #held = null;

  /** @param {number} window_s the width in seconds, Infinity for all there is */
  constructor(window_s) {
    this.window_s = window_s;
  }

  get isZoomed() {
    return this.#zoomed !== null;
  }

  get isHeld() {
    return this.#held !== null;
  }

  /** Whether it moves on with time. */
  get isFollowing() {
    return !this.isZoomed && !this.isHeld;
  }

  /**
   * @param {{first: number, last: number, silence: number}} data x of the oldest and newest row, and the
   *   seconds since the newest came
   * @returns {[from: number, to: number]}
   */
  range({ first, last, silence }) {
    if (this.#zoomed) return this.#zoomed;
    if (this.window_s === Infinity) return widened(first, this.#held ?? last);
    const to = this.#held ?? last + Math.min(silence, this.window_s * SILENT_SHARE);
    return [to - this.window_s, to];
  }

  /**
   * Holds still what is looked at now.
   * @param {[number, number]} range
   * @param {number} last x of the newest row, to which `reset` goes back
   */
  hold(range, last) {
    this.#held = this.#zoomed ? last : range[1];
  }

  release() {
    this.#held = null;
  }

  zoom(from, to) {
    this.#zoomed = to - from < NARROWEST_S ? widened(from, to) : [from, to];
  }

  reset() {
    this.#zoomed = null;
  }

  /**
   * Zooms around a point, which stays where it is.
   * @param {[number, number]} range what is looked at now
   * @param {number} at the point, as a share of the width
   * @param {number} factor below 1 to see more closely
   */
  scale([from, to], at, factor) {
    const width = Math.max(NARROWEST_S, (to - from) * factor);
    const still = from + (to - from) * at;
    this.zoom(still - width * at, still + width * (1 - at));
  }

  /** Moves by a share of the width. */
  pan([from, to], share) {
    const by = (to - from) * share;
    this.zoom(from + by, to + by);
  }
}

function widened(from, to) {
  if (to - from >= NARROWEST_S) return [from, to];
  const middle = (from + to) / 2;
  return [middle - 0.5, middle + 0.5];
}
