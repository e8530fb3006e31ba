/** Which fields belong together, and which to begin with. Pure. */

import { isClockOrCounter } from './timeline.js';

const BEGIN_WITH = 6;

/**
 * What a field shares its plot with: `imu.accel.x` is of `imu.accel`, `axes[0]` of `axes`; a field that
 * stands alone is a group of its own.
 */
export function groupOf(field) {
  const parent = /^(.+)(?:\[\d+\]|\.[^.[\]]+)$/.exec(field)?.[1];
  return parent ?? field;
}

/** What a plot of these fields is called, and what each is called in it: `imu.accel` and `x`, `y`, `z`. */
export function captionOf(fields) {
  const group = groupOf(fields[0]);
  const isGroup = fields.length > 1 && group !== fields[0] && fields.every((field) => groupOf(field) === group);
  if (!isGroup) return { title: '', labels: fields };
  return { title: group, labels: fields.map((field) => field.slice(group.length).replace(/^\./, '')) };
}

/** The fields of each plot. @param {string[]} fields @param {'together'|'groups'|'apart'} layout @returns {string[][]} */
export function plotsOf(fields, layout) {
  if (fields.length === 0) return [];
  if (layout === 'together') return [fields];
  if (layout === 'apart') return fields.map((field) => [field]);
  const groups = new Map();
  for (const field of fields) groups.set(groupOf(field), [...(groups.get(groupOf(field)) ?? []), field]);
  return [...groups.values()];
}

/**
 * The fields that are shown before anybody chose: the first few that are no clock or counter.
 * @param {string[]} fields @param {string[]} clocks which of them proved to be clocks
 */
export function firstChoice(fields, clocks) {
  const measured = fields.filter((field) => !isClockOrCounter(field) && !clocks.includes(field));
  return (measured.length > 0 ? measured : fields).slice(0, BEGIN_WITH);
}
