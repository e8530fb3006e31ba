/** JSON as people read it: a short one on its own line in its own words, a long one as a tree that folds. */

import { h, printable } from '../dom.js';

const LINE_CHARS_MAX = 160;
const CHILDREN_AT_ONCE = 100;
const TEXT_CHARS_MAX = 2000;
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*)|(true|false|null)|([\s[\]{},:]+|.)/g;

/** A number in the digits it was sent in, where JavaScript's own would be others. */
class Exact {
  constructor(source) {
    this.source = source;
  }
}

/** What a text holds, if it is a JSON object or array: else undefined. @param {string} text */
export function parseJson(text) {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text, exactly);
  } catch {
    return undefined;
  }
}

const exactly = (_, value, context) =>
  typeof value === 'number' && context?.source && String(value) !== context.source ? new Exact(context.source) : value;

/** @param {string} text what was sent @param {any} value what it holds */
export function jsonBody(text, value) {
  if (text.length <= LINE_CHARS_MAX && !text.trim().includes('\n')) return h('code', { class: 'json' }, tinted(text.trim()));
  return h('div', { class: 'json' }, branch(null, value, true));
}

function tinted(text) {
  return Array.from(text.matchAll(TOKEN), ([, string, colon, number, word, rest]) => {
    if (string && colon) return [h('span', { class: 'key', text: string }), colon];
    if (string) return h('span', { class: 'string', text: string });
    if (number) return h('span', { class: 'number', text: number });
    return word ? h('span', { class: 'word', text: word }) : rest;
  }).flat();
}

/** One line of the tree; what folds makes its lines when it is opened first. */
function branch(key, value, isOpen = false) {
  const label = key === null ? null : [h('span', { class: 'key', text: printable(key) }), ': '];
  if (value === null || typeof value !== 'object' || value instanceof Exact) return h('div', { class: 'leaf' }, label, leaf(value));
  const entries = Object.entries(value);
  if (entries.length === 0) return h('div', { class: 'leaf' }, label, Array.isArray(value) ? '[]' : '{}');
  const details = h('details', null, h('summary', null, label, summary(value, entries)));
  const fill = () => details.childElementCount === 1 && more(details, entries, 0);
  details.addEventListener('toggle', fill);
  if (isOpen) {
    details.open = true;
    fill();
  }
  return details;
}

function more(details, entries, from) {
  const until = Math.min(from + CHILDREN_AT_ONCE, entries.length);
  details.append(...entries.slice(from, until).map(([key, value]) => branch(key, value)));
  if (until === entries.length) return;
  const button = h('button', { class: 'link', type: 'button', text: `${entries.length - until} more` });
  button.addEventListener('click', () => {
    button.remove();
    more(details, entries, until);
  });
  details.append(button);
}

function leaf(value) {
  if (typeof value === 'string') return h('span', { class: 'string', text: printable(JSON.stringify(clipped(value))) });
  if (value instanceof Exact) return h('span', { class: 'number', text: value.source });
  return h('span', { class: typeof value === 'number' ? 'number' : 'word', text: String(value) });
}

const clipped = (text) => (text.length > TEXT_CHARS_MAX ? `${text.slice(0, TEXT_CHARS_MAX)}…` : text);

function summary(value, entries) {
  if (Array.isArray(value)) return h('span', { class: 'muted', text: `[ ${entries.length} ]` });
  const keys = entries.slice(0, 4).map(([key]) => key).join(', ');
  return h('span', { class: 'muted', text: `{ ${printable(keys.slice(0, 80))}${entries.length > 4 ? ', …' : ''} }` });
}
