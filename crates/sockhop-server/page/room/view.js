/** A room: its head, its log, who is there, and what is opened over or beside it. */

import { clear, formatCount, h, icon, printable } from '../dom.js';
import { lasting } from '../storage.js';
import { Composer } from './composer.js';
import { Log } from './log.js';
import { Members } from './members.js';
import { sentence } from './names.js';
import { Numbers } from './numbers.js';
import { roomPath } from './place.js';
import { saidElement } from './said.js';
import { Search } from './search.js';
import { copyLink, openShare } from './share.js';
import { openTalk } from './talk.js';

const MODULES = { plot: '/-/assets/plot/view.js', pad: '/-/assets/pad/view.js' };
/** What is opened over the log, not beside it. */
const COVERING = new Set(['pad', 'direct']);

export class RoomView {
  #options;
  #hub;
  #room;
  #stops = [];
  #search = null;
  #panel = null;
  #panelName = '';
  #hasBegun = false;
  #foot = h('div', { class: 'outbox' });
  #panelElement = h('div', { class: 'panel', hidden: true });
  #side = h('div', { class: 'search-place' });
  #count = h('span');
  #root;
  #members;
  #plotLink = h('a', { class: 'button', title: 'Draw the numbers said here' }, icon('plot'), h('span', { text: 'Plot' }));
  #padLink = h('a', { class: 'button', title: 'Drive with a thumb or a gamepad' }, icon('stick'), h('span', { text: 'Stick' }));

  /** @param {{container: HTMLElement, hub, room: string, place, outbox, directs, navigate, onMenu: () => void}} options */
  constructor(options) {
    this.#options = options;
    const { hub, room, outbox, navigate } = options;
    this.#hub = hub;
    this.#room = room;
    const numbers = new Numbers();
    this.log = new Log({
      hub, room, foot: this.#foot,
      onShown: (message) => this.#plotLink.classList.toggle('primary', numbers.see(message)),
    });
    this.#members = new Members({ hub, room, onCount: (count) => this.#counted(count) });
    this.composer = new Composer({
      hub, navigate, draft: room, to: `in ${printable(room)}`,
      say: (text, type) => this.#say(text, type),
      tell: (to, text) => this.#tell(to, text),
    });
    this.#build();
    this.#stops.push(outbox.onChange((changed) => changed === room && this.#showOutbox()), hub.on('state', () => this.#showOutbox()));
    this.#showOutbox();
    this.show(options.place);
    this.#stops.push(hub.follow(room, (event) => this.#hear(event)));
  }

  close() {
    for (const stop of this.#stops) stop();
    this.#closePanel();
    this.closeSearch();
    this.log.close();
    this.#members.close();
    this.composer.close();
    clear(this.#options.container);
  }

  /** Goes to another view of the room, or to one of its messages. */
  show(place) {
    const name = place.view === 'direct' ? `direct ${place.nick}` : place.view ?? '';
    if (name !== this.#panelName) this.#open(name, place);
    if (this.#hasBegun && place.seq) this.log.show(place.seq);
    this.#link(this.#plotLink, 'plot', place.view);
    this.#link(this.#padLink, 'pad', place.view);
  }

  /** Esc: closes what is open, else goes back to the newest message. */
  escape() {
    if (this.#root.classList.contains('members-open')) this.#root.classList.remove('members-open');
    else if (this.#search) this.closeSearch();
    else if (this.#panelName && this.#panelName !== 'pad') this.#options.navigate(roomPath(this.#room));
    else this.log.newest();
    this.composer.focus();
  }

  openSearch() {
    if (COVERING.has(this.#root.dataset.panel)) this.#options.navigate(roomPath(this.#room));
    if (!this.#search) {
      this.#search = new Search({ hub: this.#hub, room: this.#room, onClose: () => this.closeSearch() });
      this.#side.append(this.#search.element);
    }
    this.#search.focus();
  }

  closeSearch() {
    this.#search?.close();
    this.#search = null;
    clear(this.#side);
  }

  #build() {
    const { container, onMenu } = this.#options;
    const button = (name, label, click) => h('button', { class: 'icon-button', type: 'button', 'aria-label': label, title: label, on: { click } }, icon(name));
    const people = h('button', { class: 'button quiet people', type: 'button', 'aria-label': 'Who is here', on: { click: () => this.#toggleMembers() } }, icon('people'), this.#count);
    const head = h('header', { class: 'room-head' }, h('button', { class: 'icon-button menu', type: 'button', 'aria-label': 'Rooms', on: { click: onMenu } }, icon('menu')),
      h('h1', null, h('bdi', null, title(this.#room))), people,
      h('div', { class: 'actions' }, this.#plotLink, this.#padLink, button('search', 'Search (/)', () => this.openSearch()), button('link', 'Share this room', () => this.#share())));
    const main = h('div', { class: 'room-main' }, this.#panelElement, this.#side, this.log.element, this.composer.element);
    this.#root = h('section', { class: 'room', dataset: { view: 'room' }, on: { click: (event) => this.#clicked(event) } }, head,
      h('div', { class: 'room-body' }, main, this.#members.element));
    this.#root.classList.toggle('without-members', lasting.get('members', (kept) => typeof kept === 'boolean') === false);
    container.append(this.#root);
  }

  #hear(event) {
    if (event.type === 'refused') return this.#refused(event);
    this.#members.handle(event);
    if (event.type === 'subscribed') return this.#begin();
    if (event.type !== 'resumed') this.log.handle(event);
    return undefined;
  }

  /** The log begins as soon as the room is followed, so that no message falls between the two. */
  #begin() {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.log.start(this.#options.place.seq);
  }

  #refused(refusal) {
    this.#foot.replaceChildren(h('p', { class: 'fault', text: sentence(refusal) }));
  }

  #say(text, type) {
    this.log.newest();
    this.#options.outbox.say(this.#room, text, type);
  }

  #tell(nick, text) {
    this.#options.directs.say(nick, text);
    this.#options.navigate(roomPath(this.#room, { view: 'direct', nick }));
  }

  #showOutbox() {
    const { outbox } = this.#options;
    const isOpen = this.#hub.state === 'open';
    this.#foot.replaceChildren(...outbox.of(this.#room).map((said) =>
      saidElement(said, said.problem, { isOpen, retry: () => outbox.retry(said), discard: () => outbox.discard(said) })));
  }

  #link(link, view, current) {
    const isOpen = view === current;
    link.href = roomPath(this.#room, isOpen ? {} : { view });
    link.classList.toggle('pressed', isOpen);
    link.setAttribute('aria-label', isOpen ? `Close the ${view === 'pad' ? 'stick' : 'plot'}` : link.textContent);
  }

  async #open(name, place) {
    this.#closePanel();
    this.#panelName = name;
    const kind = place.view ?? '';
    this.#root.dataset.panel = kind;
    this.#panelElement.hidden = kind === '';
    if (kind === '') return;
    const { hub, navigate, directs } = this.#options;
    const options = { hub, room: this.#room, navigate };
    if (kind === 'direct') {
      this.#panel = openTalk(this.#panelElement, { ...options, nick: place.nick, directs, say: (to, text) => this.#tell(to, text) });
      this.#panel.focus();
      return;
    }
    try {
      const { open } = await import(MODULES[kind]);
      if (this.#panelName === name) this.#panel = open(this.#panelElement, options);
    } catch (error) {
      this.#panelElement.replaceChildren(h('p', { class: 'fault', text: 'This part of the page could not be loaded. Is the hub there? Reload to try again.' }));
      reportError(error);
    }
  }

  #closePanel() {
    this.#panel?.close();
    this.#panel = null;
    this.#panelName = '';
    this.#panelElement.removeAttribute('style');
    clear(this.#panelElement);
  }

  #counted(count) {
    this.#count.textContent = formatCount(count);
  }

  #toggleMembers() {
    // On a narrow page they are a drawer, which is closed at first.
    if (matchMedia('(max-width: 1000px)').matches) {
      this.#root.classList.toggle('members-open');
    } else {
      lasting.set('members', !this.#root.classList.toggle('without-members'));
    }
  }

  #clicked(event) {
    const nick = event.target.closest('button[data-nick]')?.dataset.nick;
    const when = event.target.closest('a.when');
    if (!event.target.closest('.members, .people')) this.#root.classList.remove('members-open');
    if (when && !event.ctrlKey && !event.metaKey) copyLink(when.getAttribute('href'));
    if (nick === undefined) return;
    this.#root.classList.remove('members-open');
    if (this.#hub.nick === nick) this.composer.askNick();
    else this.#options.navigate(roomPath(this.#room, { view: 'direct', nick }));
  }

  #share() {
    const { panel } = this.#root.dataset;
    const path = roomPath(this.#room, panel && panel !== 'direct' ? { view: panel } : {});
    openShare({ room: printable(this.#room), path, secret: this.#hub.secret });
  }
}

/** The last level of a room's name is the one to read; those before it may be smaller. */
function title(room) {
  const at = room.lastIndexOf('/') + 1;
  return [at > 0 && h('span', { class: 'path', text: printable(room.slice(0, at)) }), printable(room.slice(at))];
}
