/**
 * The log of a room as it is read: live at its end, older as one scrolls up, around a message one was sent to.
 *
 *   live:    the window ends with the newest message; what comes is appended
 *   apart:   the window is somewhere in the past; what comes is counted, and `newest` goes there
 */

import { clear, formatCount, h, icon, printable } from '../dom.js';
import { emptyElement } from './empty.js';
import { Inflow } from './inflow.js';
import { addToNotice, noticeElement } from './notice.js';
import { gapElement, Window, WINDOW_MAX } from './window.js';

const PAGE = 100;
const NEAR_PX = 800;
const BOTTOM_PX = 60;
const SPOKEN_MAX = 5;

export class Log {
  #hub;
  #room;
  #onShown;
  #window;
  #list = h('div', { class: 'entries' });
  #top = h('div', { class: 'log-top' });
  #jump = h('button', { class: 'jump', type: 'button', hidden: true, on: { click: () => this.newest() } });
  #resized = new ResizeObserver(() => this.#isAtBottom && this.#toBottom());
  #inflow = new Inflow(WINDOW_MAX, () => this.#flow());
  /** No live message is shown until this is 0: what is being loaded comes before them. */
  #holds = 0;
  /** Counts what makes answers on their way worthless. */
  #turn = 0;
  #isLive = false;
  #isAtBottom = true;
  /** How far it was scrolled when it was last put there. */
  #bottom = 0;
  #isComplete = false;
  #isWelcoming = false;
  #isLoading = false;
  #newCount = 0;

  /** @param {{hub, room: string, foot: HTMLElement, onShown: (message: object) => void}} options `foot` stands below the newest message */
  constructor({ hub, room, foot, onShown }) {
    this.#hub = hub;
    this.#room = room;
    this.#onShown = onShown;
    this.scroller = h('div', {
      class: 'scroller', role: 'log', 'aria-live': 'polite', 'aria-label': `Messages in ${room}`, tabindex: '0',
      on: { scroll: () => this.#scrolled() },
    }, this.#top, this.#list, foot);
    this.element = h('div', { class: 'log' }, this.scroller, this.#jump);
    this.#window = new Window(this.#list, (nick) => hub.isOwn(nick));
    this.#resized.observe(this.scroller);
    this.#resized.observe(foot);
  }

  /** Begins: at the newest message, or around the one asked for. @param {number|null} seq */
  start(seq) {
    return seq ? this.show(seq) : this.newest();
  }

  close() {
    this.#inflow.close();
    this.#resized.disconnect();
    this.#turn += 1;
  }

  /** Takes an event of the room: see `Hub.follow`. */
  handle(event) {
    if (event.type === 'restarted') this.#restart();
    else this.#inflow.push(event);
  }

  /** Goes to the newest message, and stays there. */
  async newest() {
    if (this.#isLive) return this.#toBottom();
    return this.#load(async () => {
      const { messages } = await this.#hub.history(this.#room, { limit: PAGE });
      return () => {
        this.#replace(messages, messages.length < PAGE);
        this.#isLive = true;
        this.#toBottom();
      };
    });
  }

  /** Goes to a message and marks it. @param {number} seq */
  async show(seq) {
    if (this.#mark(seq)) return undefined;
    return this.#load(async () => {
      const before = await this.#hub.history(this.#room, { before: seq + 1, limit: PAGE / 2 });
      const after = await this.#hub.history(this.#room, { since: seq + 1, limit: PAGE / 2 });
      return () => {
        this.#replace([...before.messages, ...after.messages], before.messages.length < PAGE / 2);
        this.#isLive = after.messages.length < PAGE / 2;
        this.#isAtBottom = false;
        if (this.#mark(seq)) return;
        this.#say(`Message ${formatCount(seq)} is not here: it is not kept, or was never said.`);
        this.#toBottom();
      };
    });
  }

  /** Loads while live messages wait; `get` resolves to what is then done at once. */
  async #load(get) {
    this.#turn += 1;
    const turn = this.#turn;
    this.#isLive = false;
    this.#holds += 1;
    this.scroller.setAttribute('aria-busy', 'true');
    try {
      const show = await get();
      if (turn === this.#turn) show();
    } catch (refusal) {
      if (turn === this.#turn) this.#say(`What is kept could not be read: ${refusal.message}.`);
      this.#isLive = true;
    } finally {
      this.#holds -= 1;
      this.scroller.removeAttribute('aria-busy');
      this.#inflow.schedule();
      this.#button();
    }
  }

  #replace(messages, isComplete) {
    this.#window.clear();
    this.#window.append(messages);
    this.#complete(isComplete);
    for (const message of messages.slice(-PAGE / 4)) this.#onShown(message);
  }

  /** @param {boolean} isComplete whether the hub has nothing older; of the first message of all that is known */
  #complete(isComplete) {
    const isBeginning = this.#window.first === 1;
    this.#isComplete = isComplete || isBeginning;
    this.#isWelcoming = isComplete && this.#window.last === 0;
    if (this.#isWelcoming) this.#top.replaceChildren(emptyElement(this.#room));
    else if (isBeginning) this.#top.replaceChildren(beginning('The beginning of ', h('bdi', { text: printable(this.#room) }), '.'));
    else if (isComplete) this.#top.replaceChildren(beginning('Nothing older is kept.'));
    else clear(this.#top);
  }

  #restart() {
    this.#inflow.clear();
    this.#isLive = false;
    this.newest().then(() => this.#say('The hub began this room anew: it keeps nothing of what was said before.'));
  }

  /** Shows what came since it did so last. */
  #flow() {
    if (this.#holds > 0 || this.#inflow.isEmpty) return;
    const { events, lost } = this.#inflow.take();
    // A reader aloud cannot keep up with a machine.
    this.scroller.setAttribute('aria-live', events.length > SPOKEN_MAX ? 'off' : 'polite');
    const messages = events.filter((event) => event.type === 'message' && event.message.seq > this.#window.last);
    // Somebody reads further up, and what came does not fit behind it: the window stays where it is.
    if (!this.#isAtBottom && (lost > 0 || this.#window.size > 2 * WINDOW_MAX)) this.#isLive = false;
    if (!this.#isAtBottom || !this.#isLive) this.#newCount += lost + messages.length;
    if (this.#isLive) this.#keepingPlace(() => this.#add(events, lost > 0));
    for (const { message } of messages) this.#onShown(message);
    this.#button();
  }

  #add(events, isTorn) {
    if (isTorn) {
      this.#window.clear();
      this.#complete(false);
    }
    let together = [];
    const flush = () => {
      this.#window.append(together);
      together = [];
    };
    for (const event of events) {
      if (event.type === 'message') {
        if (event.message.seq > (together.at(-1)?.seq ?? this.#window.last)) together.push(event.message);
      } else {
        flush();
        this.#note(event);
      }
    }
    flush();
    if (this.#isWelcoming && this.#window.last > 0) this.#complete(true);
    if (this.#isAtBottom && this.#window.size > WINDOW_MAX) {
      this.#window.dropFirst(this.#window.size - WINDOW_MAX);
      this.#complete(false);
    }
  }

  #note(event) {
    if (event.type === 'missed') {
      if (event.to > this.#window.last) this.#window.note(gapElement(event), event.to);
    } else if (this.#window.lastNote) {
      addToNotice(this.#window.lastNote, event);
    } else {
      this.#window.note(noticeElement(event));
    }
  }

  #say(text) {
    this.#keepingPlace(() => this.#note({ type: 'said', text }));
  }

  #scrolled() {
    // Nobody has scrolled up: what stands around the log has changed, of which the observer hears later.
    if (this.#isAtBottom && this.scroller.scrollTop >= this.#bottom) this.#toBottom();
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const below = scrollHeight - scrollTop - clientHeight;
    this.#isAtBottom = this.#isLive && below < BOTTOM_PX;
    if (this.#isAtBottom) this.#newCount = 0;
    if (scrollTop < NEAR_PX && !this.#isComplete) this.#older();
    if (below < NEAR_PX && !this.#isLive) this.#newer();
    this.#button();
  }

  async #older() {
    const first = this.#window.first;
    if (this.#isLoading || this.#holds > 0 || first === Infinity) return;
    await this.#page({ before: first, limit: PAGE }, (messages) => {
      // A burst has pushed the beginning out meanwhile.
      if (this.#window.first !== first) return;
      this.#window.prepend(messages);
      this.#complete(messages.length < PAGE);
      const surplus = this.#window.size - WINDOW_MAX;
      if (surplus <= 0) return;
      this.#window.dropLast(surplus);
      this.#isLive = false;
    });
  }

  async #newer() {
    if (this.#isLoading || this.#holds > 0) return;
    this.#holds += 1;
    await this.#page({ since: this.#window.last + 1, limit: PAGE }, (messages) => {
      this.#window.append(messages);
      this.#isLive = messages.length < PAGE;
      const surplus = this.#window.size - WINDOW_MAX;
      if (surplus <= 0) return;
      this.#window.dropFirst(surplus);
      this.#complete(false);
    });
    this.#holds -= 1;
    this.#inflow.schedule();
  }

  async #page(range, show) {
    this.#isLoading = true;
    const turn = this.#turn;
    try {
      const { messages } = await this.#hub.history(this.#room, range);
      if (turn === this.#turn) this.#keepingPlace(() => show(messages));
    } catch {
      // Scrolling asks again.
      this.#isLoading = false;
      return;
    }
    this.#isLoading = false;
    // Short messages may not have filled the view.
    requestAnimationFrame(() => turn === this.#turn && this.#scrolled());
  }

  /** Changes the window, and leaves in its place what is being read. */
  #keepingPlace(change) {
    if (this.#isAtBottom) {
      change();
      this.#toBottom();
      return;
    }
    const top = this.scroller.getBoundingClientRect().top;
    // Lines between days come and go with their neighbours.
    const lasting = this.#list.querySelectorAll(':scope > :not(.day)');
    const anchor = [...lasting].find((child) => child.getBoundingClientRect().bottom > top);
    const before = anchor?.getBoundingClientRect().top;
    change();
    if (anchor?.isConnected) this.scroller.scrollTop += anchor.getBoundingClientRect().top - before;
  }

  #toBottom() {
    this.#isAtBottom = true;
    this.#newCount = 0;
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#bottom = this.scroller.scrollTop;
    this.#button();
  }

  #mark(seq) {
    const article = this.#window.find(seq);
    if (!article) return false;
    this.#list.querySelector('.found')?.classList.remove('found');
    article.classList.add('found');
    article.tabIndex = -1;
    article.focus({ preventScroll: true });
    article.scrollIntoView({ block: 'center' });
    return true;
  }

  #button() {
    this.#jump.hidden = this.#isLive && this.#isAtBottom;
    const count = this.#newCount;
    const label = count > 0 ? `${formatCount(count)} new` : 'Newest';
    if (this.#jump.dataset.label === label) return;
    this.#jump.dataset.label = label;
    this.#jump.replaceChildren(icon('down'), label);
  }
}

const beginning = (...words) => h('p', { class: 'beginning' }, words);
