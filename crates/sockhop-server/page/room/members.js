/** Who is in a room, kept true by what is heard of it. */

import { formatCount, formatDuration, h, printable } from '../dom.js';
import { nickButton } from './message.js';

const SHOWN_MAX = 200;
const ASK_MS = 700;
/** In a large room comings and goings are told as numbers alone, so it is asked again who is there. */
const ASK_LARGE_MS = 5000;

export class Members {
  #hub;
  #room;
  #onCount;
  #members = new Map();
  #count = 0;
  #timer = 0;
  #list = h('ul', { class: 'member-list' });

  /** @param {{hub, room: string, onCount: (count: number) => void}} options */
  constructor({ hub, room, onCount }) {
    this.#hub = hub;
    this.#room = room;
    this.#onCount = onCount;
    this.element = h('aside', { class: 'members', 'aria-label': 'Who is here' }, h('h2', { text: 'Here' }), this.#list);
  }

  close() {
    clearTimeout(this.#timer);
  }

  /** Takes an event of the room: see `Hub.follow`. */
  handle(event) {
    switch (event.type) {
      case 'subscribed':
        this.#counted(event.members);
        return this.#ask(0);
      case 'joined':
        this.#members.set(event.nick, { nick: event.nick });
        this.#changed();
        return this.#ask(ASK_MS);
      case 'left':
        this.#members.delete(event.nick);
        return this.#changed();
      case 'renamed':
        this.#members.set(event.to, { ...this.#members.get(event.nick), nick: event.to });
        this.#members.delete(event.nick);
        return this.#changed();
      case 'presence':
        this.#counted(event.members);
        return this.#ask(ASK_LARGE_MS);
      default:
        return undefined;
    }
  }

  #ask(ms) {
    if (this.#timer) return;
    this.#timer = setTimeout(async () => {
      try {
        const members = await this.#hub.members(this.#room);
        this.#members = new Map(members.map((member) => [member.nick, member]));
        this.#changed();
      } catch {
        // Comings and goings are heard all the same.
      }
      this.#timer = 0;
    }, ms);
  }

  #changed() {
    this.#counted(this.#members.size);
    const all = [...this.#members.values()].sort((one, other) => one.nick.localeCompare(other.nick));
    const items = all.slice(0, SHOWN_MAX).map((member) => this.#item(member));
    if (all.length > SHOWN_MAX) items.push(h('li', { class: 'muted', text: `and ${formatCount(all.length - SHOWN_MAX)} more` }));
    this.#list.replaceChildren(...items);
  }

  #item({ nick, protocol, since_us: since }) {
    const title = since ? `here for ${formatDuration(Date.now() * 1000 - since)}` : null;
    // Without a label its title would be its name to those who hear the page.
    return h('li', { title, 'aria-label': printable(nick) }, nickButton(nick), h('span', { class: 'protocol', text: nick === this.#hub.nick ? 'you' : protocol ?? '' }));
  }

  #counted(count) {
    if (count === this.#count) return;
    this.#count = count;
    this.#onCount(count);
  }
}
