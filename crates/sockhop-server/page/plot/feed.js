/**
 * Fills the store with a room: live messages behind, history before, newest first, as far back as is asked.
 *
 *        history, batch by batch        live
 *     ◄── 3 ── ◄── 2 ── ◄── 1 ──┃──────────────►
 *                               oldest     newest       seqs seen so far; nothing between them is taken twice
 */

import { numbersOf } from './series.js';

const BATCH_MESSAGES = 1000;
/** Among so many messages one in twenty has numbers, or no more are read: this room is a conversation. */
const WORDS_MESSAGES = 10_000;

export class Feed {
  #hub;
  #room;
  #store;
  #tell;
  #leave;
  #oldest = Infinity;
  #newest = 0;
  /** How many seconds before the newest row are wanted. */
  #wanted = 0;
  #oldestTime = 0;
  #newestTime = 0;
  #isReading = false;
  #isClosed = false;
  /** Counts logs of the room: an answer about an earlier one comes too late. */
  #log = 0;

  /**
   * @param {{hub: object, room: string, store: import('./store.js').Store, tell: (event: string) => void}} parts
   *   `tell` hears `live` for each new row, `words` for a message without numbers, `history` for each batch and at the end, `restarted`, `refused`
   */
  constructor({ hub, room, store, tell }) {
    this.#hub = hub;
    this.#room = room;
    this.#store = store;
    this.#tell = tell;
    /** How many messages were looked through for numbers. */
    this.readCount = 0;
    /** Whether the first batch of history is still to come. */
    this.isBeginning = true;
    /** What went wrong, `{message, hint}`, or null. */
    this.problem = null;
    this.#leave = hub.follow(room, (event) => this.#hear(event));
  }

  /** Whether history is being read. */
  get isReading() {
    return this.#isReading;
  }

  /** How much of what is wanted has been read, 0 to 1. */
  get progress() {
    const byTime = this.#reached / this.#wanted;
    const byCount = this.#oldest < Infinity ? 1 - this.#oldest / this.#newest : 0;
    return Math.min(1, Math.max(byTime, byCount));
  }

  /** Reads until there are rows of so many seconds, or nothing older is to be had. @param {number} seconds */
  async reach(seconds) {
    this.#wanted = seconds;
    if (this.#isReading) return;
    this.#isReading = true;
    const log = this.#log;
    try {
      while (!this.#isClosed && log === this.#log && this.#isWanting()) if (!(await this.#readBatch(log))) break;
      this.problem = null;
    } catch (refusal) {
      this.problem = refusal;
    }
    if (log !== this.#log || this.#isClosed) return;
    this.#isReading = false;
    this.isBeginning = false;
    this.#tell(this.problem ? 'refused' : 'history');
  }

  close() {
    this.#isClosed = true;
    this.#leave();
  }

  #isWanting() {
    if (this.isBeginning) return true;
    const isConversation = this.readCount >= WORDS_MESSAGES && this.#store.length * 20 < this.readCount;
    return this.#oldest > 1 && !this.#store.isFull && !isConversation && this.#reached < this.#wanted;
  }

  /** The seconds between the oldest and the newest message that were read. */
  get #reached() {
    return this.#newestTime - this.#oldestTime;
  }

  async #readBatch(log) {
    const before = this.#oldest < Infinity ? this.#oldest : undefined;
    const { messages } = await this.#hub.history(this.#room, { before, limit: BATCH_MESSAGES });
    if (this.#isClosed || log !== this.#log) return false;
    const older = messages.filter(({ seq }) => seq < this.#oldest);
    if (older.length === 0) return false;
    this.#oldest = older[0].seq;
    this.#newest = Math.max(this.#newest, older.at(-1).seq);
    this.readCount += older.length;
    const rows = older.map(row);
    this.#oldestTime = rows[0].time;
    this.#newestTime = Math.max(this.#newestTime, rows.at(-1).time);
    this.#store.prepend(rows.filter(({ numbers }) => numbers.length > 0));
    this.isBeginning = false;
    this.#tell('history');
    return true;
  }

  #hear(event) {
    if (event.type === 'message') this.#live(event.message);
    else if (event.type === 'restarted') this.#restart();
    else if (event.type === 'refused') this.#refuse(event);
  }

  #live(message) {
    if (message.seq <= this.#newest) return;
    this.#newest = message.seq;
    if (this.#oldest === Infinity) this.#oldest = message.seq;
    this.readCount += 1;
    const live = row(message);
    if (live.numbers.length > 0) this.#store.append(live);
    this.#tell(live.numbers.length > 0 ? 'live' : 'words');
  }

  /** The hub has a new log for this room: what we hold is not part of it. */
  #restart() {
    this.#log += 1;
    this.#oldest = Infinity;
    this.#newest = 0;
    this.#newestTime = 0;
    this.readCount = 0;
    this.#isReading = false;
    this.isBeginning = true;
    this.#store.clear();
    this.#tell('restarted');
  }

  #refuse(refusal) {
    this.problem = refusal;
    this.isBeginning = false;
    this.#tell('refused');
  }
}

function row(message) {
  return { time: message.time_us / 1e6, seq: message.seq, numbers: numbersOf(message) };
}
