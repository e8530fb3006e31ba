/** Searches what a room keeps, backwards from the newest message, batch by batch. */

import { formatCount, formatDay, formatTime, h, icon, printable } from '../dom.js';
import { messageLine } from './body.js';
import { tint } from './message.js';
import { roomPath } from './place.js';

const BATCH = 1000;
const HITS_AT_ONCE = 100;
const AROUND_CHARS = 60;

export class Search {
  #hub;
  #room;
  /** Counts searches: an answer for an earlier one is dropped. */
  #turn = 0;
  #words = [];
  #before = undefined;
  #searched = 0;
  #found = 0;
  #oldest = null;
  #field = h('input', { class: 'field', type: 'search', name: 'search', 'aria-label': 'Search in what is kept', placeholder: 'Search in what is kept', autocomplete: 'off', enterkeyhint: 'search' });
  #status = h('p', { class: 'muted', role: 'status' });
  #stop = h('button', { class: 'button', type: 'button', hidden: true, on: { click: () => this.#toggle() } });
  #hits = h('ol', { class: 'hits', on: { keydown: (event) => this.#arrows(event) } });

  /** @param {{hub, room: string, onClose: () => void}} options */
  constructor({ hub, room, onClose }) {
    this.#hub = hub;
    this.#room = room;
    const close = h('button', { class: 'icon-button', type: 'button', 'aria-label': 'Close search', on: { click: onClose } }, icon('close'));
    const form = h('form', { role: 'search', on: { submit: (event) => this.#begin(event) } }, this.#field, h('button', { class: 'button primary', text: 'Search' }), close);
    this.element = h('section', { class: 'search', 'aria-label': 'Search' }, form, h('div', { class: 'search-state' }, this.#status, this.#stop), this.#hits);
  }

  focus() {
    this.#field.focus();
    this.#field.select();
  }

  close() {
    this.#turn += 1;
  }

  #begin(event) {
    event.preventDefault();
    this.#words = this.#field.value.toLowerCase().split(/\s+/).filter(Boolean);
    this.#before = undefined;
    this.#searched = 0;
    this.#found = 0;
    this.#hits.replaceChildren();
    if (this.#words.length > 0) this.#run();
  }

  #toggle() {
    if (this.#stop.dataset.does === 'stop') this.#halt('Stopped', true);
    else this.#run();
  }

  async #run() {
    this.#turn += 1;
    const turn = this.#turn;
    const until = this.#found + HITS_AT_ONCE;
    this.#offer('stop', 'Stop');
    this.#tell('Searching');
    try {
      while (this.#found < until) {
        const { messages } = await this.#hub.history(this.#room, { before: this.#before, limit: BATCH });
        if (turn !== this.#turn) return;
        this.#look(messages);
        if (messages.length < BATCH) return this.#halt('Searched everything', false);
        this.#tell('Searching');
      }
      this.#halt('Paused', true);
    } catch (refusal) {
      if (turn === this.#turn) this.#halt(`The hub could not look further: ${refusal.message}`, true);
    }
  }

  #halt(word, canGoOn) {
    this.#turn += 1;
    if (canGoOn) this.#offer('go', 'Look further back');
    else this.#stop.hidden = true;
    this.#tell(word);
  }

  #offer(does, text) {
    this.#stop.hidden = false;
    this.#stop.dataset.does = does;
    this.#stop.textContent = text;
  }

  #look(messages) {
    for (const message of messages.toReversed()) {
      const at = matchAt(message, this.#words);
      if (at === null) continue;
      this.#found += 1;
      this.#hits.append(this.#hit(message, at));
    }
    this.#searched += messages.length;
    this.#before = messages[0]?.seq;
    this.#oldest = messages[0]?.time_us ?? this.#oldest;
  }

  #tell(word) {
    const back = this.#oldest && this.#searched > 0 ? `, back to ${formatDay(this.#oldest)} ${formatTime(this.#oldest)}` : '';
    this.#status.textContent = `${word}: ${formatCount(this.#found)} found in ${formatCount(this.#searched)} messages${back}`;
  }

  #hit(message, at) {
    const line = messageLine(message);
    const from = Math.max(0, at - AROUND_CHARS);
    const snippet = `${from > 0 ? '… ' : ''}${line.slice(from, at + 2 * AROUND_CHARS)}`;
    return h('li', null, h('a', { href: roomPath(this.#room, { seq: message.seq }) },
      h('bdi', { class: `nick ${tint(message.from)}`, text: printable(message.from) }),
      h('time', { text: `${formatDay(message.time_us)} ${formatTime(message.time_us)}` }),
      h('span', { class: 'said', dir: 'auto' }, marked(snippet, this.#words))));
  }

  #arrows(event) {
    const item = document.activeElement?.closest('li');
    const next = { ArrowDown: item?.nextSibling, ArrowUp: item?.previousSibling }[event.key];
    if (!next) return;
    event.preventDefault();
    next.firstChild.focus();
  }
}

/** Where in its line a message matches all words, or null; 0 if the match is elsewhere in it. */
function matchAt(message, words) {
  const line = messageLine(message).toLowerCase();
  const all = `${line}\n${message.from.toLowerCase()}\n${message.type ?? ''}`;
  if (!words.every((word) => all.includes(word))) return null;
  const places = words.map((word) => line.indexOf(word)).filter((place) => place >= 0);
  return places.length > 0 ? Math.min(...places) : 0;
}

function marked(text, words) {
  const pattern = new RegExp(`(${words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`, 'gi');
  return text.split(pattern).map((part, at) => (at % 2 ? h('mark', { text: part }) : part)).filter((part) => part !== '');
}
