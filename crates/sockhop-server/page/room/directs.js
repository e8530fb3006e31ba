/** Private messages: nobody keeps them, so they live as long as this tab shows them. */

const KEPT_MAX = 500;

export class Directs {
  #hub;
  #talks = new Map();
  #listeners = new Set();
  #current = null;

  constructor(hub) {
    this.#hub = hub;
    hub.on('direct', (message) => this.#hear(message));
    hub.on('renamed', ({ nick, to }) => this.#renamed(nick, to));
    document.addEventListener('visibilitychange', () => document.hidden || this.enter(this.#current));
  }

  /** With whom we talk, the latest first. @returns {string[]} */
  get nicks() {
    return [...this.#talks.values()].map((talk) => talk.nick).reverse();
  }

  get unreadCount() {
    return [...this.#talks.values()].reduce((sum, talk) => sum + talk.unread, 0);
  }

  unread(nick) {
    return this.#talks.get(key(nick))?.unread ?? 0;
  }

  /** What was said between us and somebody: messages, ours with `state` `pending`, `said` or a refusal. */
  with(nick) {
    return this.#talks.get(key(nick))?.messages ?? [];
  }

  /** @param {(nick: string|null, change?: {renamed: string}) => void} listener @returns {() => void} stops listening */
  onChange(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** This talk is looked at now; null: none is. */
  enter(nick) {
    this.#current = nick;
    if (nick === null) return;
    const talk = this.#talk(nick);
    if (!document.hidden) talk.unread = 0;
    this.#changed(nick);
  }

  say(nick, text) {
    const message = { from: this.#hub.nick, to: nick, text, time_us: Date.now() * 1000, state: 'pending' };
    this.#add(nick, message);
    return this.#send(nick, message);
  }

  /** Says again what was refused. */
  retry(nick, message) {
    message.state = 'pending';
    this.#changed(nick);
    return this.#send(nick, message);
  }

  async #send(nick, message) {
    try {
      await this.#hub.request({ op: 'direct', to: nick, text: message.text });
      message.state = 'said';
    } catch (refusal) {
      message.state = refusal;
    }
    this.#changed(nick);
  }

  #hear(message) {
    // To ourselves: it is there already.
    if (message.from === this.#hub.nick) return;
    const isRead = key(message.from) === key(this.#current ?? '') && !document.hidden;
    this.#add(message.from, { ...message, state: 'said' }, isRead ? 0 : 1);
  }

  #add(nick, message, unread = 0) {
    const talk = this.#talk(nick);
    talk.unread += unread;
    talk.messages.push(message);
    if (talk.messages.length > KEPT_MAX) talk.messages.shift();
    this.#talks.delete(key(nick));
    this.#talks.set(key(nick), talk);
    this.#changed(nick);
  }

  #talk(nick) {
    const talk = this.#talks.get(key(nick)) ?? { nick, unread: 0, messages: [] };
    this.#talks.set(key(nick), talk);
    return talk;
  }

  #renamed(nick, to) {
    const talk = this.#talks.get(key(nick));
    if (!talk || this.#talks.has(key(to))) return;
    this.#talks.delete(key(nick));
    this.#talks.set(key(to), { ...talk, nick: to });
    for (const listener of this.#listeners) listener(nick, { renamed: to });
  }

  #changed(nick) {
    for (const listener of this.#listeners) listener(nick);
  }
}

/** The hub knows nicks without regard to case. */
const key = (nick) => nick.toLowerCase();
