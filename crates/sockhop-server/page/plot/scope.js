/** What is looked at: the stretch of the store that the span shows, on the axis that was chosen. */

import { rowsWithin } from './sample.js';
import { Span } from './span.js';
import { clockUnit, timeline } from './timeline.js';

/** Clocks drift apart: by so much of the time that passed, the lag may grow again. */
const DRIFT = 1e-3;

export class Scope {
  #store;
  #axis = null;
  /** The least by which our clock ran ahead of hub time when a message came, in seconds; null before the first live one. */
  #lag = null;
  #heardAt = 0;

  /** @param {import('./store.js').Store} store @param {number} window_s */
  constructor(store, window_s) {
    this.#store = store;
    this.span = new Span(window_s);
  }

  /** A field to be the time axis, or null for hub time. */
  set axis(field) {
    if (field === this.#axis) return;
    this.#axis = field;
    this.span = new Span(this.span.window_s);
  }

  /** Whether a message came while we were looking. */
  get isLive() {
    return this.#lag !== null;
  }

  /** A message came just now. */
  heard() {
    const now = clock();
    const ahead = now - this.#store.time.at(-1);
    this.#lag = Math.min(ahead, (this.#lag ?? ahead) + (now - this.#heardAt) * DRIFT);
    this.#heardAt = now;
  }

  /** The hub began anew, and so does its clock. */
  forget() {
    this.#lag = null;
  }

  /**
   * @returns {object|null} `x` of the rows, how long it has been silent, the `range` of x that is looked at, `start` and
   *   `end` of the rows in it, `column(field)` beside `x`, `time` and `seq` of the rows; null while there is nothing
   */
  look() {
    const store = this.#store;
    const unit = this.#axis === null ? null : clockUnit(store, this.#axis);
    const { x, first } = timeline(store, unit === null ? null : this.#axis, unit ?? 1);
    if (x.length === 0) return null;
    const last = x.at(-1);
    const silence = this.#silence();
    const range = this.span.range({ first: x[0], last, silence });
    // The newest row often lies right on the edge: a microsecond more has it in.
    const [start, end] = rowsWithin(x, range[0], range[1] + 1e-6);
    const from = (column) => column.subarray(first);
    return { x, last, silence, range, start, end, column: (field) => from(store.column(field)), time: from(store.time), seq: from(store.seq) };
  }

  /** Seconds since the newest row, by the hub's clock; 0 before anything came live. */
  #silence() {
    return this.#lag === null ? 0 : Math.max(0, clock() - this.#lag - this.#store.time.at(-1));
  }
}

/** Our own clock in seconds, which never jumps. */
function clock() {
  return (performance.timeOrigin + performance.now()) / 1000;
}
