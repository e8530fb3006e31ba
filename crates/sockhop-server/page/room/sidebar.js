/** The rooms of the hub and the people one writes to alone: a list to go by, and a field to go to any room. */

import { clear, formatCount, h, icon, printable } from '../dom.js';
import { roomFault } from './names.js';
import { LOBBY, roomPath } from './place.js';

const REFRESH_MS = 3000;
const SHOWN_MAX = 200;

export class Sidebar {
  #hub;
  #visits;
  #directs;
  #navigate;
  #rooms = new Map();
  #items = new Map();
  #place = null;
  #list = h('ul', { class: 'room-list', on: { keydown: (event) => this.#arrows(event) } });
  #people = h('ul', { class: 'room-list' });
  #peopleTitle = h('h2', { text: 'Private', hidden: true });
  #hint = h('p', { class: 'field-hint', id: 'room-hint', role: 'status' });
  #field = h('input', {
    class: 'field', name: 'room', type: 'text', placeholder: 'Find or make a room', 'aria-label': 'Find or make a room',
    'aria-describedby': 'room-hint', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', enterkeyhint: 'go',
  });

  constructor({ hub, visits, directs, navigate }) {
    this.#hub = hub;
    this.#visits = visits;
    this.#directs = directs;
    this.#navigate = navigate;
    const form = h('form', { class: 'room-form', on: { submit: (event) => this.#go(event) } }, this.#field, this.#hint);
    this.element = h('nav', { class: 'rooms', 'aria-label': 'Rooms' }, form, h('h2', { text: 'Rooms' }), this.#list, this.#peopleTitle, this.#people);
    this.#field.addEventListener('input', () => this.#filter());
    this.#field.addEventListener('keydown', (event) => this.#fromField(event));
    visits.onChange(() => this.#render());
    directs.onChange(() => this.#render());
    hub.on('welcome', () => this.refresh());
    setInterval(() => document.hidden || this.refresh(), REFRESH_MS);
    document.addEventListener('visibilitychange', () => document.hidden || this.refresh());
  }

  /** @param {object} place where we are: its room is marked */
  show(place) {
    this.#place = place;
    this.#leaveField();
    this.refresh();
  }

  focus() {
    this.#field.focus();
    this.#field.select();
  }

  /** The room before or after this one among those we are in. @param {1|-1} step */
  neighbour(step) {
    const rooms = this.#names().filter((room) => this.#visits.unread(room) !== null);
    const at = rooms.indexOf(this.#place?.room);
    return rooms[(at + step + rooms.length) % rooms.length];
  }

  async refresh() {
    if (this.#hub.state !== 'open') return;
    try {
      const rooms = await this.#hub.rooms();
      // Other protocols have names that no address can hold.
      this.#rooms = new Map(rooms.filter(({ room }) => roomFault(room) === null).map((room) => [room.room, room]));
      this.#render();
    } catch {
      // The next one will do.
    }
  }

  #names() {
    const wanted = this.#field.value.trim().toLowerCase();
    const all = new Set([LOBBY, ...this.#visits.rooms, ...this.#rooms.keys()]);
    return [...all].filter((room) => room.toLowerCase().includes(wanted)).sort(byName);
  }

  #render() {
    const names = this.#names();
    const shown = names.slice(0, SHOWN_MAX);
    for (const room of this.#items.keys()) if (!shown.includes(room)) this.#items.delete(room);
    const items = shown.map((room) => this.#item(room));
    if (names.length > shown.length) items.push(h('li', { class: 'muted more', text: `and ${formatCount(names.length - shown.length)} more: type to find them` }));
    replace(this.#list, items);
    this.#renderPeople();
  }

  #item(room) {
    const item = this.#items.get(room) ?? this.#newItem(room);
    this.#items.set(room, item);
    const unread = this.#visits.unread(room);
    const { head = this.#hub.head(room), members } = this.#rooms.get(room) ?? {};
    const isCurrent = !this.#place?.glance && !this.#place?.nick && room === this.#place?.room;
    const count = Math.max(head, this.#hub.head(room));
    item.classList.toggle('unread', unread > 0);
    item.classList.toggle('followed', unread !== null);
    const shown = item.querySelector('.count');
    setText(shown, unread > 0 ? formatCount(unread) : count > 0 ? `#${count}` : '');
    shown.title = `${formatCount(count)} messages so far${unread > 0 ? `, ${formatCount(unread)} unread` : ''}${members === undefined ? '' : `, ${formatCount(members)} here`}`;
    mark(item.querySelector('a'), isCurrent);
    item.querySelector('.leave').hidden = unread === null || isCurrent;
    return item;
  }

  #newItem(room) {
    const levels = room.split('/');
    const leave = h('button', {
      class: 'leave', type: 'button', title: 'Leave this room', 'aria-label': `Leave ${printable(room)}`,
      on: { click: () => this.#visits.leave(room) },
    }, icon('close'));
    const name = h('bdi', { class: 'name' }, levels.length > 1 && h('span', { class: 'path', text: `${printable(levels.slice(0, -1).join('/'))}/` }), printable(levels.at(-1)));
    return h('li', null, h('a', { href: roomPath(room), dataset: { room } }, name, h('span', { class: 'count' })), leave);
  }

  #renderPeople() {
    const nicks = this.#directs.nicks;
    this.#peopleTitle.hidden = nicks.length === 0;
    clear(this.#people);
    for (const nick of nicks) {
      const unread = this.#directs.unread(nick);
      const link = h('a', { href: roomPath(this.#place?.room ?? LOBBY, { view: 'direct', nick }), dataset: { direct: nick } },
        h('bdi', { class: 'name', text: printable(nick) }), unread > 0 && h('span', { class: 'count', text: formatCount(unread) }));
      mark(link, nick === this.#place?.nick);
      this.#people.append(h('li', { class: unread > 0 ? 'followed unread' : 'followed' }, link));
    }
  }

  #filter() {
    const wanted = this.#field.value.trim();
    const isThere = wanted === '' || this.#names().includes(wanted);
    const fault = isThere ? null : roomFault(wanted);
    const found = this.#names().length > 0 ? ', ↓ goes to those found.' : '.';
    this.#hint.textContent = isThere ? '' : fault ?? `Enter makes the room ${printable(wanted)}${found}`;
    this.#field.setAttribute('aria-invalid', String(Boolean(fault)));
    this.#render();
  }

  #go(event) {
    event.preventDefault();
    const wanted = this.#field.value.trim();
    if (wanted === '') return;
    // The hint says what is wrong with it.
    if (roomFault(wanted)) return;
    this.#leaveField();
    this.#navigate(roomPath(wanted));
  }

  #leaveField() {
    this.#field.value = '';
    this.#filter();
  }

  #fromField(event) {
    if (event.key === 'ArrowDown') {
      event.preventDefault();
      this.#list.querySelector('a')?.focus();
    } else if (event.key === 'Escape') {
      this.#leaveField();
    }
  }

  #arrows(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const links = [...this.#list.querySelectorAll('a')];
    (links[links.indexOf(document.activeElement) + step] ?? this.#field).focus();
  }
}

const { compare } = new Intl.Collator('en', { numeric: true });
/** The lobby first, then as in a dictionary. */
const byName = (one, other) => (other === LOBBY) - (one === LOBBY) || compare(one, other);

function mark(link, isCurrent) {
  if (isCurrent) link.setAttribute('aria-current', 'page');
  else link.removeAttribute('aria-current');
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Leaves the list alone if nothing moved: who is in it with the keyboard stays there. */
function replace(list, items) {
  const isSame = list.childElementCount === items.length && items.every((item, at) => list.children[at] === item);
  if (!isSame) list.replaceChildren(...items);
}
