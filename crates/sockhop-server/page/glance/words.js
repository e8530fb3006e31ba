/** Numbers as the glance says them. */

import { formatCount } from '/-/assets/dom.js';

/** `0`, `0.4 /s`, `12 /s`, `1,234 /s`; a dash while it is not known. */
export function formatRate(rate) {
  if (rate === null) return '–';
  return `${rate > 0 && rate < 9.95 ? rate.toFixed(1) : formatCount(Math.round(rate))} /s`;
}

/** Leaves alone what already says so: nothing flickers, no selection is lost. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
