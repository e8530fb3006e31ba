/**
 * The x of a plot: hub time, or a clock that the sender put into its messages (`t_us`). Pure.
 *
 * A clock may stand still or start anew (the sender was restarted, a computer's clock was set). uPlot needs
 * an x that never falls: small steps back, as when datagrams overtake each other, are levelled; what lies
 * before a new start is left out.
 */

const CLOCK_NAME = /(?:^|[._])(?:t|ts|time|stamp|timestamp|clock|uptime|millis|micros)(?:_?(?:s|ms|us|ns|sec|msec|usec))?$/i;
const COUNTER_NAME = /(?:^|[._])(?:n|i|seq|count|counter|id|index)$/i;
const UNITS = [1, 1e-3, 1e-6, 1e-9];
const CALENDAR_BEGINS = 946_684_800;

/** Whether a field by its name only counts upwards, so that few wish to see it drawn. A bare `t` may be a temperature. */
export function isClockOrCounter(field) {
  return (CLOCK_NAME.test(field) && field !== 't') || COUNTER_NAME.test(field);
}

/**
 * The x of the store's rows from row `first` on, in seconds.
 * @param {import('./store.js').Store} store
 * @param {string|null} field null for hub time
 * @param {number} unit seconds in one step of the field's clock
 * @returns {{x: Float64Array, first: number}}
 */
export function timeline(store, field, unit = 1) {
  const clock = field === null ? store.time : store.column(field);
  const first = lastStart(clock);
  const x = new Float64Array(clock.length - first);
  let highest = -Infinity;
  for (let i = 0; i < x.length; i += 1) {
    const at = clock[first + i] * unit;
    if (at > highest) highest = at;
    x[i] = highest;
  }
  return { x, first };
}

/** The row with which the clock last started: where it fell by more than half of what it had counted. */
function lastStart(clock) {
  let start = clock.length;
  let lowest = Infinity;
  let highest = -Infinity;
  for (let i = 0; i < clock.length; i += 1) {
    const at = clock[i];
    if (Number.isNaN(at)) continue;
    if (start === clock.length || highest - at > (highest - lowest) / 2 + Number.EPSILON) {
      start = i;
      lowest = at;
      highest = at;
    }
    if (at > highest) highest = at;
  }
  return start;
}

/**
 * How many seconds one step of a field is, judged by how it keeps pace with the hub's time.
 * @returns {number|null} null if the field is no clock
 */
export function clockUnit(store, field) {
  if (!CLOCK_NAME.test(field)) return null;
  const { x, first } = timeline(store, field);
  if (x.length < 8) return null;
  const elapsed = store.time.at(-1) - store.time[first];
  const counted = x.at(-1) - x[0];
  return UNITS.find((unit) => Math.abs(Math.log((counted * unit) / elapsed)) < 0.5) ?? null;
}

/** Whether seconds are a date rather than the time since something began. */
export function isCalendar(seconds) {
  return seconds > CALENDAR_BEGINS;
}
