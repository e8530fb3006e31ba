/**
 * What is followed and asked of rooms: a cursor for each room that anybody here follows, what its log
 * held before, who is in it.
 */

import { Cursor } from './cursor.js';

const LIMIT_MAX = 1000;

export class Rooms {
  #questions;
  #cursors = new Map();

  /** @param {import('./questions.js').Questions} questions */
  constructor(questions) {
    this.#questions = questions;
  }

  /** See `Hub.follow`. */
  follow(room, tell) {
    const cursor = this.#cursors.get(room) ?? this.#newCursor(room);
    const follower = cursor.add(tell);
    return () => {
      cursor.remove(follower);
      if (!cursor.isEmpty || this.#cursors.get(room) !== cursor) return;
      this.#cursors.delete(room);
      if (cursor.isAsked) this.#unsubscribe(room);
    };
  }

  /** See `Hub.head`. */
  head(room) {
    return this.#cursors.get(room)?.head ?? 0;
  }

  /** See `Hub.history`. */
  history(room, { before, since, limit = LIMIT_MAX }) {
    const messages = [];
    let end = Infinity;
    return this.#questions.ask({
      command: () => {
        messages.length = 0;
        // What the cursor is still to bring is not history yet: so the two are told apart by seq.
        end = Math.min(before ?? Infinity, this.#cursors.get(room)?.next ?? Infinity);
        return { op: 'history', room, since, limit: Math.min(limit, LIMIT_MAX), ...(end < Infinity && { before: end }) };
      },
      answer: (event) => event.ev === 'history' && event.room === room && { messages, head: event.head },
      part: (event) => event.ev === 'message' && event.room === room && event.seq < end && messages.push(event),
    });
  }

  /** See `Hub.rooms`. */
  async list() {
    return (await this.#ask({ op: 'rooms' })).rooms;
  }

  /** See `Hub.members`. */
  async members(room) {
    return (await this.#ask({ op: 'members', room })).members;
  }

  /** Takes an event, which is nobody's answer: its room may be one of these. */
  handle(event) {
    const cursor = this.#cursors.get(event.room);
    if (cursor) this.#tell(cursor, () => cursor.handle(event));
  }

  /** There is a connection: every room goes on where it stood. */
  resume() {
    for (const cursor of this.#cursors.values()) if (!cursor.isAsked) this.#subscribe(cursor);
  }

  /** The connection is gone. */
  lose() {
    for (const cursor of this.#cursors.values()) cursor.lose();
  }

  #newCursor(room) {
    const cursor = new Cursor(room);
    this.#cursors.set(room, cursor);
    this.#subscribe(cursor);
    return cursor;
  }

  #subscribe(cursor) {
    cursor.isAsked = true;
    const asked = this.#questions.ask({
      first: true,
      command: () => this.#cursors.get(cursor.room) === cursor && { op: 'subscribe', room: cursor.room, ...cursor.origin },
      answer: (event) => event.ev === 'subscribed' && event.room === cursor.room && event,
      take: (event) => this.#tell(cursor, () => cursor.subscribed(event)),
    });
    asked.catch((refusal) => cursor.refuse(refusal));
  }

  #unsubscribe(room) {
    const asked = this.#questions.ask({
      command: () => (this.#cursors.has(room) ? null : { op: 'unsubscribe', room }),
      answer: (event) => event.ev === 'unsubscribed' && event.room === room && event,
    });
    asked.catch(() => {});
  }

  /** What it hears may show that its log is another one: then it is followed from the beginning. */
  #tell(cursor, what) {
    const wasAsked = cursor.isAsked;
    what();
    if (wasAsked && !cursor.isAsked) this.#subscribe(cursor);
  }

  #ask(command) {
    return this.#questions.ask({
      command: () => command,
      answer: (event) => event.ev === command.op && event.room === command.room && event,
    });
  }
}
