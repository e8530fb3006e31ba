/**
 * What is said beside the plots, a few times a second: the values of each field, how it goes, why there is
 * nothing to see; and for ears, seldom enough to be borne, the newest values.
 */

import { h } from '../dom.js';
import { measure, newest } from './measure.js';
import { statusOf } from './status.js';
import { formatValue } from './words.js';

const SUMMARY_MS = 10_000;
const SUMMARY_FIELDS = 4;

export class Readout {
  #parts;
  /** The version of the store of which it spoke last. */
  #told = -1;
  #summedAt = performance.now();
  element = h('p', { class: 'visually-hidden', 'aria-live': 'polite' });

  /** @param {{store, scope, feed, toolbar, chooser, empty}} parts of one plot view */
  constructor(parts) {
    this.#parts = parts;
  }

  /** Says all of it again next time, also what did not change. */
  renew() {
    this.#told = -1;
  }

  /** @param {string[]} fields the chosen ones @returns {boolean} whether there were new values */
  tell(fields) {
    const { store, scope, feed, toolbar, empty } = this.#parts;
    const { isBeginning, problem, readCount } = feed;
    empty.show({ isBeginning, problem, readCount, hasFields: store.fieldCount > 0, isChosen: fields.length > 0 });
    const look = scope.look();
    toolbar.tell(look ? statusOf({ look, feed, scope, store }) : '');
    const isHeld = scope.span.isHeld && this.#told >= 0;
    if (!look || isHeld || this.#told === store.version) return false;
    this.#told = store.version;
    this.#values(fields, look);
    if (!scope.span.isHeld) this.#summarise(fields, look);
    return true;
  }

  #values(fields, look) {
    const { store, chooser } = this.#parts;
    for (const field of store.fields) {
      const column = look.column(field);
      chooser.tell(field, newest(column), fields.includes(field) ? measure({ ...look, column }) : null);
    }
  }

  #summarise(fields, { column }) {
    const now = performance.now();
    if (now - this.#summedAt < SUMMARY_MS) return;
    this.#summedAt = now;
    const words = fields.slice(0, SUMMARY_FIELDS).map((field) => `${field} ${formatValue(newest(column(field)), 1)}`);
    this.element.textContent = words.join(', ');
  }
}
