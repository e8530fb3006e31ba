/**
 * The part of a log that is in the document: a run of messages without a hole, with the days, notices and
 * gaps between them. It is bounded: what is added at one end leaves at the other.
 */

import { clear, formatCount, h } from '../dom.js';
import { continues, dayElement, isNewDay, messageElement } from './message.js';

export const WINDOW_MAX = 500;

export class Window {
  #list;
  #isOwn;
  #entries = [];

  /** @param {HTMLElement} list @param {(nick: string) => boolean} isOwn */
  constructor(list, isOwn) {
    this.#list = list;
    this.#isOwn = isOwn;
  }

  get size() {
    return this.#entries.length;
  }

  /** The seq of its first message; Infinity if it has none. */
  get first() {
    return this.#entries.find((entry) => entry.seq)?.seq ?? Infinity;
  }

  /** The seq of its last message or gap; 0 if it has none. */
  get last() {
    return this.#entries.findLast((entry) => entry.seq)?.seq ?? 0;
  }

  /** @returns {HTMLElement|null} */
  find(seq) {
    return this.#entries.find((entry) => entry.seq === seq && entry.message)?.element ?? null;
  }

  /** Messages newer than all it has. */
  append(messages) {
    const from = this.#entries.length;
    const before = this.#entries.at(-1);
    const count = before?.count;
    for (const message of messages) this.#push(message);
    if (count !== before?.count) this.#redraw(before);
    for (const entry of this.#entries.slice(from)) this.#draw(entry);
    this.#dress(Math.max(0, from - 1), this.#entries.length);
    this.#list.append(...this.#entries.slice(from).flatMap(nodes));
  }

  /** Of a run of ephemeral messages, as a stick or a sensor sends them, only the newest stands there. */
  #push(message) {
    const last = this.#entries.at(-1);
    if (message.ephemeral && last?.message?.ephemeral && last.message.from === message.from) {
      Object.assign(last, { seq: message.seq, message, count: last.count + 1 });
    } else {
      this.#entries.push(newEntry(message));
    }
  }

  /** Messages older than all it has. */
  prepend(messages) {
    this.#entries.unshift(...messages.map((message) => this.#draw(newEntry(message))));
    this.#list.prepend(...messages.map((_, at) => this.#entries[at].element));
    this.#dress(0, messages.length + 1);
  }

  /** Something that is not a message, at its end. `seq` is the last that a gap covers. */
  note(element, seq) {
    this.#entries.push({ element, seq });
    this.#list.append(element);
  }

  /** The notice at its very end, if there is one to add to. */
  get lastNote() {
    const last = this.#entries.at(-1);
    return last && !last.message && !last.seq ? last.element : null;
  }

  dropFirst(count) {
    for (const entry of this.#entries.splice(0, count)) remove(entry);
    this.#dress(0, 1);
  }

  dropLast(count) {
    for (const entry of this.#entries.splice(this.#entries.length - count, count)) remove(entry);
  }

  clear() {
    this.#entries = [];
    clear(this.#list);
  }

  #draw(entry) {
    entry.element = messageElement(entry.message, this.#isOwn(entry.message.from), entry.count);
    return entry;
  }

  #redraw(entry) {
    const { element } = entry;
    element.replaceWith(this.#draw(entry).element);
  }

  /** What an entry looks like depends on the one before it. */
  #dress(from, until) {
    let before = this.#entries.slice(0, from).findLast((entry) => entry.message)?.message;
    for (let at = from; at < Math.min(until, this.#entries.length); at += 1) {
      const entry = this.#entries[at];
      if (!entry.message) continue;
      const follows = at > 0 && this.#entries[at - 1].message ? before : null;
      entry.element.classList.toggle('continued', continues(follows, entry.message));
      this.#divide(entry, isNewDay(before, entry.message));
      before = entry.message;
    }
  }

  #divide(entry, isDivided) {
    if (isDivided === Boolean(entry.day)) return;
    entry.day?.remove();
    entry.day = isDivided ? dayElement(entry.message) : null;
    if (entry.day && entry.element.parentNode) entry.element.before(entry.day);
  }
}

const newEntry = (message) => ({ seq: message.seq, message, count: 1, element: null, day: null });
const nodes = (entry) => [entry.day, entry.element].filter(Boolean);
const remove = (entry) => nodes(entry).forEach((node) => node.remove());

/** A range of the log that is gone. */
export function gapElement({ from, to }) {
  const which = from === to ? `Number ${formatCount(from)} is` : `Numbers ${formatCount(from)} to ${formatCount(to)} (${formatCount(to - from + 1)}) are`;
  return h('div', { class: 'gap', text: `${which} empty: not kept, kept no longer, or left out when the hub started again.` });
}
