/** One message as an article. The nick and the time are buttons and links; the log listens to them. */

import { formatCount, formatDay, formatExactTime, formatTime, h, printable } from '../dom.js';
import { messageBody } from './body.js';
import { ACTION } from './commands.js';
import { roomPath } from './place.js';

const TINTS = 8;
const TOGETHER_US = 5 * 60e6;

/**
 * @param {object} message of the hub
 * @param {boolean} isOwn
 * @param {number} count how many came in a row, of which this is the newest
 * @returns {HTMLElement}
 */
export function messageElement(message, isOwn, count = 1) {
  const isAction = message.type === ACTION;
  const body = messageBody(message);
  const kind = ['message', isOwn && 'own', isAction && 'action', message.ephemeral && 'ephemeral'].filter(Boolean).join(' ');
  return h('article', { class: kind, dataset: { seq: message.seq ?? '', from: message.from } },
    isAction ? h('div', { class: 'does' }, '* ', nickButton(message.from), ' ', body) : [nickButton(message.from), body],
    timeLink(message), count > 1 && h('span', { class: 'run', text: `the newest of ${formatCount(count)}, none of them kept` }));
}

/** A nick that can be pressed, in the colour it always has. @param {string} nick */
export function nickButton(nick) {
  return h('button', { class: `nick ${tint(nick)}`, type: 'button', dataset: { nick }, title: `Write to ${printable(nick)} alone` },
    h('bdi', { text: printable(nick) }));
}

/** @param {string} nick */
export function tint(nick) {
  let sum = 0;
  for (const character of nick.toLowerCase()) sum = Math.imul(sum ^ character.codePointAt(0), 0x01000193);
  sum = Math.imul(sum ^ (sum >>> 15), 0x85ebca6b);
  return `tint-${(((sum ^ (sum >>> 13)) >>> 0) % TINTS) + 1}`;
}

function timeLink({ room, from, seq, time_us: timeUs, type, ephemeral }) {
  const title = [printable(from), formatExactTime(timeUs), seq && `message ${seq}`, type && printable(type), ephemeral && 'not kept'].filter(Boolean).join(' · ');
  const time = h('time', { datetime: new Date(timeUs / 1000).toISOString(), text: formatTime(timeUs), title });
  return seq ? h('a', { class: 'when', href: roomPath(room, { seq }), 'aria-label': `${formatTime(timeUs)}, link to message ${seq}` }, time) : h('span', { class: 'when' }, time);
}

/** Whether a message goes on where the one before it stopped, so that its nick need not be said again. */
export function continues(before, message) {
  return Boolean(before) && before.from === message.from && message.time_us - before.time_us < TOGETHER_US
    && !isNewDay(before, message) && before.type !== ACTION && message.type !== ACTION;
}

/** Whether a day begins between two messages. */
export function isNewDay(before, message) {
  return !before || new Date(before.time_us / 1000).toDateString() !== new Date(message.time_us / 1000).toDateString();
}

/** The line between two days. */
export function dayElement(message) {
  return h('div', { class: 'day', role: 'separator' }, h('span', { text: formatDay(message.time_us) }));
}
