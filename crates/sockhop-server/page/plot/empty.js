/** What is said in place of plots: why there are none, and what to type to see one. */

import { clear, formatCount, h } from '../dom.js';

export class Empty {
  #hub;
  #room;
  #said = '';

  constructor({ hub, room }) {
    this.#hub = hub;
    this.#room = room;
    this.element = h('div', { class: 'plot-empty', hidden: true });
  }

  /** @param {{isBeginning: boolean, problem: object|null, readCount: number, hasFields: boolean, isChosen: boolean}} state */
  show(state) {
    const why = reason(state);
    this.element.hidden = why === null;
    if (why === null || why === this.#said) return;
    this.#said = why;
    clear(this.element);
    this.element.append(h('p', { class: 'plot-why', text: why }));
    if (state.problem?.hint) this.element.append(h('p', { class: 'muted', text: state.problem.hint }));
    if (!state.isBeginning && !state.problem && !state.hasFields) this.element.append(...this.#commands());
  }

  #commands() {
    const lines = [this.#curl()];
    // A secret is not for the command line of others to read, and a datagram cannot ask for it.
    if (!this.#hub.secret) lines.unshift(this.#netcat());
    return [
      h('p', { class: 'muted', text: 'Send some:' }),
      h('div', { class: 'plot-commands' }, lines.map((line) => h('code', { text: line }))),
      h('p', { class: 'muted', text: 'Also drawn: t=21.5 h=40, numbers between commas, and numeric fields of JSON.' }),
    ];
  }

  #netcat() {
    const host = location.hostname.replace(/^\[|\]$/g, '');
    const port = location.port || (location.protocol === 'https:' ? 443 : 80);
    // A bare datagram is said in the lobby; for other rooms it has to name them.
    const said = this.#room === 'lobby' ? '21.5' : quoted(JSON.stringify({ op: 'publish', room: this.#room, text: '21.5' }));
    return `echo ${said} | nc -u -w0 ${host} ${port}`;
  }

  #curl() {
    const path = this.#room.split('/').map(encodeURIComponent).join('/');
    const secret = this.#hub.secret ? "-H 'Authorization: Bearer SECRET' " : '';
    return `curl ${location.protocol === 'https:' ? '-k ' : ''}${secret}-d 21.5 ${location.origin}/${path}`;
  }
}

/** In words, or null if there is something to draw. */
function reason({ isBeginning, problem, readCount, hasFields, isChosen }) {
  if (hasFields) return isChosen ? null : 'Choose a field to see it drawn.';
  if (problem) return problem.message;
  if (isBeginning) return 'Reading history…';
  if (readCount === 0) return 'No numbers in this room yet.';
  return `No numbers in this room yet: ${formatCount(readCount)} ${readCount === 1 ? 'message' : 'messages'}, all words.`;
}

function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
