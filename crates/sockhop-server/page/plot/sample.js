/**
 * What a plot draws of a span of the store: every point while there are few, else the least and the
 * greatest value of each column of pixels, so that a spike of one message stays visible among a million.
 *
 * uPlot wants one x for all lines. In what is returned, `undefined` means that a line has no point here
 * and passes by, `null` that it is broken here. Pure.
 */

/** How far back a slow field is looked for, so that its line comes in from the left edge. */
const LOOK_BACK_ROWS = 4000;
/** A line breaks where a field is silent for so many of its usual intervals and of columns, */
const GAP_INTERVALS = 8;
/** but not where a network only stumbled. */
const GAP_S_MIN = 0.3;

/**
 * @param {{x: Float64Array, columns: Float64Array[], from: number, to: number, bins: number}} span
 *   `bins` is how many columns of pixels there are
 * @returns {[x: number[], ...y: (number|null|undefined)[][]]} uPlot's aligned data
 */
export function sample({ x, columns, from, to, bins }) {
  const step = (to - from) / Math.max(1, bins);
  const [start, end] = rowsWithin(x, Math.floor(from / step) * step, Math.ceil(to / step) * step);
  const isSparse = end - start <= bins * 2;
  const rows = isSparse ? each(x, columns, start, end) : extremes(x, columns, start, end, step);
  leadIn(rows, x, columns, start);
  leadOut(rows, x, columns, end);
  return broken(rows, step);
}

/** The rows [start, end) with from ≤ x < to, for an x that never falls. */
export function rowsWithin(x, from, to) {
  return [firstAtLeast(x, from), firstAtLeast(x, to)];
}

function firstAtLeast(x, bound) {
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x[middle] < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

function each(x, columns, start, end) {
  const rows = [Array.from(x.subarray(start, end)), ...columns.map(() => new Array(end - start))];
  columns.forEach((column, c) => {
    const values = rows[c + 1];
    for (let i = start; i < end; i += 1) values[i - start] = Number.isNaN(column[i]) ? undefined : column[i];
  });
  return rows;
}

/**
 * Two points for each bin, in the order in which its least and greatest value came. Bins are counted
 * from x = 0, not from the edge of the window, so that a line does not shimmer while it scrolls.
 */
function extremes(x, columns, start, end, step) {
  const rows = [[], ...columns.map(() => [])];
  let i = start;
  while (i < end) {
    const bin = Math.floor(x[i] / step);
    const first = i;
    const limit = (bin + 1) * step;
    while (i < end && x[i] < limit) i += 1;
    if (i === first) i += 1;
    rows[0].push((bin + 0.25) * step, (bin + 0.75) * step);
    columns.forEach((column, c) => pushExtremes(rows[c + 1], column, first, i));
  }
  return rows;
}

function pushExtremes(values, column, first, end) {
  let least = -1;
  let greatest = -1;
  for (let i = first; i < end; i += 1) {
    const value = column[i];
    if (Number.isNaN(value)) continue;
    if (least < 0 || value < column[least]) least = i;
    if (greatest < 0 || value > column[greatest]) greatest = i;
  }
  if (least < 0) values.push(undefined, undefined);
  else if (least === greatest) values.push(column[least], undefined);
  else values.push(column[Math.min(least, greatest)], column[Math.max(least, greatest)]);
}

/** Puts before the rows the last point of each line that lies left of them. */
function leadIn(rows, x, columns, start) {
  const points = columns.map((column, c) => ({ c, i: lastBefore(column, start) })).filter(({ i }) => i >= 0);
  points.sort((a, b) => b.i - a.i);
  for (const { c, i } of points) {
    if (rows[0][0] !== x[i]) rows.forEach((values, r) => values.unshift(r === 0 ? x[i] : undefined));
    rows[c + 1][0] = columns[c][i];
  }
}

function lastBefore(column, start) {
  const stop = Math.max(0, start - LOOK_BACK_ROWS);
  for (let i = start - 1; i >= stop; i -= 1) if (!Number.isNaN(column[i])) return i;
  return -1;
}

/** Puts behind the rows the first point of each line that lies right of them. */
function leadOut(rows, x, columns, end) {
  const points = columns.map((column, c) => ({ c, i: firstFrom(column, end) })).filter(({ i }) => i >= 0);
  points.sort((a, b) => a.i - b.i);
  for (const { c, i } of points) {
    if (rows[0].at(-1) !== x[i]) rows.forEach((values, r) => values.push(r === 0 ? x[i] : undefined));
    rows[c + 1][rows[0].length - 1] = columns[c][i];
  }
}

function firstFrom(column, end) {
  const stop = Math.min(column.length, end + LOOK_BACK_ROWS);
  for (let i = end; i < stop; i += 1) if (!Number.isNaN(column[i])) return i;
  return -1;
}

/** Breaks each line where its field was silent: puts null there, in a row of its own if need be. */
function broken(rows, step) {
  const limits = rows.slice(1).map((values) => Math.max(GAP_INTERVALS * usualInterval(rows[0], values), GAP_INTERVALS * step, GAP_S_MIN));
  const shortest = Math.min(...limits);
  const spaced = rows.map(() => []);
  rows[0].forEach((at, i) => {
    const before = rows[0][i - 1];
    if (i > 0 && at - before > shortest) spaced.forEach((values, r) => values.push(r === 0 ? (before + at) / 2 : undefined));
    spaced.forEach((values, r) => values.push(rows[r][i]));
  });
  spaced.slice(1).forEach((values, c) => breakLine(spaced[0], values, limits[c]));
  return spaced;
}

/** The median of the intervals between the points of a line; Infinity where there are too few to tell. */
function usualInterval(x, values) {
  const intervals = [];
  let last = null;
  for (let i = values.length - 1; i >= 0 && intervals.length < 301; i -= 1) {
    if (values[i] === undefined) continue;
    if (last !== null) intervals.push(last - x[i]);
    last = x[i];
  }
  if (intervals.length < 4) return Infinity;
  return intervals.sort((a, b) => a - b)[intervals.length >> 1];
}

function breakLine(x, values, limit) {
  let last = -1;
  for (let i = 0; i < values.length; i += 1) {
    if (values[i] === undefined) continue;
    if (last >= 0 && x[i] - x[last] > limit) values.fill(null, last + 1, i);
    last = i;
  }
}
