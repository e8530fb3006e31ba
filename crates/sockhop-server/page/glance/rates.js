/**
 * Rates from totals: the hub says how many there were since the beginning, this says how many a
 * second. Pure.
 */

export class Rates {
  /**
   * @param {(row: object) => string} keyOf who a row is, over time
   * @param {string[]} totals which of its fields only ever grow
   */
  constructor(keyOf, totals) {
    this.keyOf = keyOf;
    this.totals = totals;
    this.before = new Map();
    this.at_us = null;
  }

  /**
   * Each row with `key` and `rates`: `{total: per second}`, null where there is nothing to compare
   * with: a row seen for the first time, or whose totals began anew.
   */
  update(at_us, rows) {
    const seconds = this.at_us === null ? 0 : (at_us - this.at_us) / 1e6;
    const now = new Map();
    const rated = rows.map((row) => {
      const key = this.keyOf(row);
      now.set(key, row);
      return { ...row, key, rates: this.#compare(this.before.get(key), row, seconds) };
    });
    this.before = now;
    this.at_us = at_us;
    return rated;
  }

  #compare(before, row, seconds) {
    const isNew = !before || seconds <= 0 || this.totals.some((total) => row[total] < before[total]);
    return Object.fromEntries(this.totals.map((total) => [total, isNew ? null : (row[total] - before[total]) / seconds]));
  }
}

/** The rate of all rows together, or null while none is known. */
export function sum(rows, total) {
  const known = rows.map((row) => row.rates[total]).filter((rate) => rate !== null);
  return known.length > 0 || rows.length === 0 ? known.reduce((all, rate) => all + rate, 0) : null;
}

/** Who a connection is: a nick may come back from another address, or anew from the same. */
export const connectionKey = ({ nick, peer, since_us }) => `${nick} ${peer} ${since_us}`;

const BEHIND_MIN = 20;

/** A slow consumer is more than a second of its own traffic behind. */
export function isSlow({ behind, rates }) {
  return behind >= BEHIND_MIN && behind > (rates.messages_out ?? 0);
}
