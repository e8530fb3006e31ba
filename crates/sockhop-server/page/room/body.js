/** What a message holds, made readable: text with its links, JSON, an action, or bytes to download. */

import { formatBytes, h, printable } from '../dom.js';
import { ACTION } from './commands.js';
import { jsonBody, parseJson } from './json.js';

const SHOWN_CHARS_MAX = 1000;
const SHOWN_LINES_MAX = 16;
const JSON_CHARS_MAX = 1 << 18;
const LINKED_CHARS_MAX = 1 << 16;
const LINK = /\bhttps?:\/\/[^\s<>"'`\u0000-\u001f]+/gi;

/** @param {{text?: string, data?: string, type?: string}} message @returns {HTMLElement} */
export function messageBody(message) {
  if (message.data !== undefined) return bytesBody(message);
  const text = message.text ?? '';
  if (message.type === ACTION) return textBody(text);
  const value = text.length <= JSON_CHARS_MAX ? parseJson(text) : undefined;
  if (value !== undefined) return jsonBody(printable(text), value);
  return textBody(text);
}

/** What is said in one line, for search results and the like. */
export function messageLine(message) {
  return message.data === undefined ? printable(message.text ?? '') : bytesLabel(message);
}

function textBody(raw) {
  const text = printable(raw);
  const short = beginning(text);
  const body = h('div', { class: 'said', dir: 'auto' }, linked(short));
  if (short.length === text.length) return body;
  const all = h('button', { class: 'link', type: 'button', text: `Show all ${formatBytes(text.length)}` });
  all.addEventListener('click', () => body.replaceChildren(...linked(text)));
  body.append('… ', all);
  return body;
}

function beginning(text) {
  let end = Math.min(text.length, SHOWN_CHARS_MAX);
  // A little more is not worth a button.
  if (text.length < SHOWN_CHARS_MAX * 1.2) end = text.length;
  for (let at = -1, line = 0; (at = text.indexOf('\n', at + 1)) >= 0 && at < end; ) {
    line += 1;
    if (line === SHOWN_LINES_MAX) end = at;
  }
  return text.slice(0, end);
}

function linked(text) {
  if (text.length > LINKED_CHARS_MAX) return [text];
  const parts = [];
  let from = 0;
  for (const { 0: found, index } of text.matchAll(LINK)) {
    const address = trimmed(found);
    parts.push(text.slice(from, index), link(address));
    from = index + address.length;
  }
  return [...parts, text.slice(from)].filter((part) => part !== '');
}

/** Without the full stop or bracket of the sentence around it. */
function trimmed(address) {
  const around = address.includes('(') ? '.,;:!?*_' : '.,;:!?*_)';
  let end = address.length;
  while (end > 0 && around.includes(address[end - 1])) end -= 1;
  return address.slice(0, end);
}

const link = (address) => (URL.canParse?.(address) === false
  ? address
  : h('a', { href: address, target: '_blank', rel: 'noreferrer noopener', text: address }));

function bytesLabel({ data, type }) {
  return `${formatBytes(bytesIn(data))}, ${printable(type ?? 'application/octet-stream')}`;
}

const bytesIn = (base64) => Math.floor((base64.replace(/=+$/, '').length * 3) / 4);

function bytesBody(message) {
  const save = h('button', { class: 'button', type: 'button', text: 'Download', on: { click: () => download(message) } });
  return h('div', { class: 'bytes' }, h('span', { class: 'mono', text: bytesLabel(message) }), save);
}

function download({ data, type, room, seq }) {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  // Not under its own type: a browser might open a page or a script it would otherwise save.
  const url = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
  const name = `${(room ?? 'direct').replaceAll('/', '-')}-${seq ?? Date.now()}.${extension(type)}`;
  h('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

const extension = (type) => /^[a-z]+\/([a-z0-9]{1,8})(?=[+;]|$)/.exec(type ?? '')?.[1] ?? 'bin';
