/** The rooms somebody is in: those visited since the tab was opened. Each is followed, for its unread count. */

import { isText, tab } from '../storage.js';
import { roomFault } from './names.js';

const ROOMS_MAX = 32;
/** Unread counts are told no more often. */
const TELL_MS = 200;
/** All rooms come back within about this time: one word for all of them. */
const RESUME_MS = 300;

const areRooms = (kept) => Array.isArray(kept) && kept.every((room) => isText(room) && roomFault(room) === null);

export class Visits {
  #hub;
  #outbox;
  #rooms = new Map();
  #listeners = new Set();
  #current = null;
  #timer = 0;
  #resumed = null;
  #resumeTimer = 0;

  constructor(hub, outbox) {
    this.#hub = hub;
    this.#outbox = outbox;
    for (const room of tab.get('rooms', areRooms) ?? []) this.#follow(room);
    document.addEventListener('visibilitychange', () => document.hidden || this.#read());
  }

  /** @returns {string[]} */
  get rooms() {
    return [...this.#rooms.keys()];
  }

  /** Unread messages of all rooms. */
  get unreadCount() {
    return [...this.#rooms.values()].reduce((sum, visit) => sum + visit.unread, 0);
  }

  /** Unread messages of a room, or null if it is not followed. */
  unread(room) {
    return this.#rooms.get(room)?.unread ?? null;
  }

  /** @param {(change: {resumed?: object}) => void} listener @returns {() => void} stops listening */
  onChange(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** This room is looked at now; null: none is. */
  enter(room) {
    this.#current = room;
    if (room !== null && !this.#rooms.has(room)) this.#follow(room);
    this.#read();
  }

  /** Stops following a room. */
  leave(room) {
    this.#rooms.get(room)?.off();
    this.#rooms.delete(room);
    this.#keep();
  }

  #follow(room) {
    const visit = { unread: 0 };
    this.#rooms.set(room, visit);
    visit.off = this.#hub.follow(room, (event) => this.#hear(room, visit, event));
    const oldest = this.rooms.find((other) => other !== this.#current);
    if (this.#rooms.size > ROOMS_MAX) this.leave(oldest);
    this.#keep();
  }

  #hear(room, visit, event) {
    if (event.type === 'resumed') this.#count(event);
    if (event.type !== 'message') return;
    const { message } = event;
    if (this.#hub.isOwn(message.from)) this.#outbox.observe(message);
    else if (!message.ephemeral && (room !== this.#current || document.hidden)) visit.unread += 1;
    this.#timer ||= setTimeout(() => this.#tell(), TELL_MS);
  }

  #count({ missed, caughtUp }) {
    const before = this.#resumed ?? { missed: 0, caughtUp: 0 };
    this.#resumed = { missed: before.missed + missed, caughtUp: before.caughtUp + caughtUp };
    clearTimeout(this.#resumeTimer);
    this.#resumeTimer = setTimeout(() => {
      this.#tell({ resumed: this.#resumed });
      this.#resumed = null;
    }, RESUME_MS);
  }

  #read() {
    const visit = this.#rooms.get(this.#current);
    if (visit && !document.hidden) visit.unread = 0;
    this.#tell();
  }

  #keep() {
    tab.set('rooms', this.rooms);
    this.#tell();
  }

  #tell(change = {}) {
    this.#timer = 0;
    for (const listener of this.#listeners) listener(change);
  }
}
