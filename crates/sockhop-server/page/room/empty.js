/** What a room shows before anything is said: how others come in. */

import { h } from '../dom.js';
import { LOBBY, roomPath } from './place.js';

/** @param {string} room @returns {HTMLElement} */
export function emptyElement(room) {
  const { hostname, port, origin } = location;
  const join = room === LOBBY ? '' : `, then /join ${room}`;
  const ways = [
    ['a terminal', `nc ${hostname.replace(/^\[|\]$/g, '')} ${port || 80}${join}`],
    ['a script', `curl -d hello ${origin}${roomPath(room).replaceAll("'", '%27')}`],
    ['a browser', `${origin}${roomPath(room)}`],
  ];
  return h('div', { class: 'empty' },
    h('img', { src: '/-/assets/icon.svg', alt: '', width: '72', height: '72' }),
    h('p', { text: 'Nothing has been said here yet, or nothing of it is kept.' }),
    h('p', { class: 'muted', text: 'Say something below. Others come in from' }),
    h('dl', null, ways.flatMap(([from, line]) => [h('dt', { text: from }), h('dd', { class: 'mono', text: line })])));
}
