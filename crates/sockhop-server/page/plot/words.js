/** Numbers and times as a plot says them. Pure. */

import { isCalendar } from './timeline.js';

/**
 * A value with as many decimals as tell it from its neighbours, so that a readout does not jump about.
 * @param {number} [spread] how far the neighbours lie apart; 0 if that is unknown or all are whole
 */
export function formatValue(value, spread = 0) {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  const size = Math.abs(value);
  const isLong = size >= (Number.isInteger(value) ? 1e15 : 1e9);
  if (isLong || (size !== 0 && size < 1e-5)) return minus(value.toExponential(3));
  return minus(value.toFixed(decimalsOf(value, spread)));
}

function decimalsOf(value, spread) {
  if (spread > 0) return Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(spread))));
  if (Number.isInteger(value)) return 0;
  return Math.min(6, Math.max(1, 2 - Math.floor(Math.log10(Math.abs(value)))));
}

/** A mark of the y axis. @param {number} step from one mark to the next */
export function formatMark(value, step, largest) {
  if (value === 0) return '0';
  if (largest >= 1e13) return minus(value.toExponential(1));
  for (const [size, letter] of [[1e9, 'G'], [1e6, 'M'], [1e4, 'k']]) {
    const unit = size === 1e4 ? 1e3 : size;
    if (largest >= size) return minus((value / unit).toFixed(places(step / unit))) + letter;
  }
  if (largest < 1e-3) return minus(value.toExponential(places(step / 10 ** Math.floor(Math.log10(Math.abs(value))))));
  return minus(value.toFixed(places(step)));
}

/** How many decimals tell marks apart that lie this step from each other. */
function places(step) {
  let decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  while (decimals < 9 && Math.abs(Math.round(step * 10 ** decimals) / 10 ** decimals - step) > step * 1e-6) decimals += 1;
  return Math.min(9, decimals);
}

function minus(text) {
  return /^-0(?:\.0*)?$/.test(text) ? text.slice(1) : text.replace('-', '−');
}

/** A point on the x axis: a local time of day, or seconds since the sender's clock began. @param {number} step how finely */
export function formatMoment(seconds, step) {
  if (!isCalendar(seconds)) return `${minus(seconds.toFixed(places(Math.min(step, 1))))} s`;
  const micros = Math.round(seconds * 1e6);
  const at = new Date(Math.floor(micros / 1000));
  if (step >= 86_400) return `${at.getDate()} ${MONTHS[at.getMonth()]}`;
  const minute = `${two(at.getHours())}:${two(at.getMinutes())}`;
  if (step >= 60) return minute;
  const second = `${minute}:${two(at.getSeconds())}`;
  if (step >= 1) return second;
  const fraction = String(((micros % 1e6) + 1e6) % 1e6).padStart(6, '0');
  return `${second}.${fraction.slice(0, step >= 1e-3 ? Math.max(1, places(step)) : 6)}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (n) => String(n).padStart(2, '0');

/** `100/s`, `2.5/s`, `12/min`. */
export function formatRate(perSecond) {
  if (perSecond >= 9.95) return `${Math.round(perSecond)}/s`;
  if (perSecond >= 0.95) return `${perSecond.toFixed(1).replace('.0', '')}/s`;
  return perSecond > 0 ? `${(perSecond * 60).toFixed(perSecond * 60 < 9.5 ? 1 : 0).replace('.0', '')}/min` : '0/s';
}
