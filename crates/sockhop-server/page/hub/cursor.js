/**
 * One followed room: the seq that comes next, and who is told. Every message reaches every follower
 * once and in order, also across a lost connection. Pure logic: no socket, no clock.
 */

export class Cursor {
  #followers = new Set();
  #isSubscribed = false;
  #members = 0;
  #headThen = 0;
  /** When the message before `next` was said: by it the log is known again. */
  #lastTime = null;
  /** While it catches up: the head at the time it came back, and what it was told is gone. */
  #resuming = null;

  constructor(room) {
    this.room = room;
    /** The seq that comes next; none before the hub answered the first time. */
    this.next = undefined;
    /** Whether the hub follows it for us, or is about to be asked to. */
    this.isAsked = false;
  }

  /** The newest message, as far as is known. */
  get head() {
    return Math.max(this.#headThen, (this.next ?? 1) - 1);
  }

  get isEmpty() {
    return this.#followers.size === 0;
  }

  /** Where to go on, in the words of `subscribe`. */
  get origin() {
    if (this.next === undefined) return {};
    return { since: this.#lastTime === null ? this.next : this.next - 1 };
  }

  /** @returns {object} what to `remove` */
  add(tell) {
    const follower = { tell };
    this.#followers.add(follower);
    // Not before the caller has what it needs to stop following.
    if (this.#isSubscribed) queueMicrotask(() => this.#hear(follower, this.#state()));
    return follower;
  }

  remove(follower) {
    this.#followers.delete(follower);
  }

  /** The hub follows the room for us from here on. */
  subscribed({ head, members }) {
    const isFirst = this.next === undefined;
    this.#isSubscribed = true;
    this.#members = members;
    this.#headThen = head;
    if (isFirst) this.next = head + 1;
    else if (head + 1 < this.next) return this.#restart();
    this.#tell(this.#state());
    if (!isFirst) {
      this.#resuming = { head, missed: 0, from: this.next };
      this.#caughtUp();
    }
    return undefined;
  }

  refuse(refusal) {
    this.isAsked = false;
    this.#tell({ ...refusal, type: 'refused' });
  }

  lose() {
    // What was not answered yet is asked again in any case.
    if (this.#isSubscribed) this.isAsked = false;
    this.#isSubscribed = false;
    this.#resuming = null;
  }

  /** Takes what is heard of the room; `isAsked` is false afterwards if it has to be asked for again. */
  handle(event) {
    if (!this.#isSubscribed) return;
    if (event.ev === 'message') this.#message(event);
    else if (event.ev === 'missed') this.#missed(event);
    else this.#tell({ ...event, type: event.ev });
  }

  #message(message) {
    if (message.seq === this.next - 1 && this.#lastTime !== null && message.time_us !== this.#lastTime) return this.#restart();
    if (message.seq < this.next) return undefined;
    this.next = message.seq + 1;
    this.#lastTime = message.time_us;
    this.#tell({ type: 'message', message });
    return this.#caughtUp();
  }

  /** The log is not the one that was read: the hub kept nothing and began anew. */
  #restart() {
    this.next = 1;
    this.#lastTime = null;
    this.lose();
    this.#tell({ type: 'restarted' });
  }

  #missed({ from, to }) {
    if (to < this.next) return;
    const first = Math.max(from, this.next);
    this.next = to + 1;
    this.#lastTime = null;
    if (this.#resuming) this.#resuming.missed += to - first + 1;
    this.#tell({ type: 'missed', from: first, to });
    this.#caughtUp();
  }

  #caughtUp() {
    if (!this.#resuming || this.next <= this.#resuming.head) return;
    const { missed, from, head } = this.#resuming;
    this.#resuming = null;
    this.#tell({ type: 'resumed', missed, caughtUp: Math.max(0, head + 1 - from - missed) });
  }

  #state() {
    return { type: 'subscribed', head: this.head, members: this.#members };
  }

  #tell(event) {
    for (const follower of [...this.#followers]) this.#hear(follower, event);
  }

  #hear(follower, event) {
    if (!this.#followers.has(follower)) return;
    try {
      follower.tell(event);
    } catch (error) {
      reportError(error);
    }
  }
}
