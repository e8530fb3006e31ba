/** What is said of a field beside its line: last, min, max, mean and rate over the rows that are looked at. Pure. */

/**
 * @param {{x: Float64Array, column: Float64Array, start: number, end: number}} rows
 * @returns {{last: number, min: number, max: number, mean: number, spread: number, count: number, rate: number}|null}
 *   null if the field has no value there; `spread` is from min to max, 0 if all are whole numbers; `rate` is values a second
 */
export function measure({ x, column, start, end }) {
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let count = 0;
  let isWhole = true;
  let first = -1;
  let last = -1;
  for (let i = start; i < end; i += 1) {
    const value = column[i];
    if (Number.isNaN(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    isWhole &&= Number.isInteger(value);
    sum += value;
    count += 1;
    if (first < 0) first = i;
    last = i;
  }
  if (count === 0) return null;
  const elapsed = x[last] - x[first];
  const rate = elapsed > 0 ? (count - 1) / elapsed : 0;
  return { last: column[last], min, max, mean: sum / count, spread: isWhole ? 0 : max - min, count, rate };
}

/** The newest value of a column, or null. @param {Float64Array} column */
export function newest(column) {
  for (let i = column.length - 1; i >= 0; i -= 1) if (!Number.isNaN(column[i])) return column[i];
  return null;
}
