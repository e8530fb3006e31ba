/** How the connection is: a badge that is always there, and a line over the page while something is wrong. */

import { clear, formatCount, h } from '../dom.js';
import { sentence } from './names.js';
import { toast } from './toast.js';

/** A loss shorter than this is not worth a line. */
const PATIENCE_MS = 700;
const RESUMED_MS = 6000;

export class Connection {
  #hub;
  #label = h('span');
  #line = h('div', { class: 'banner', role: 'status', hidden: true });
  #lostAt = 0;
  badge = h('button', { class: 'badge', type: 'button', on: { click: () => this.#hub.state === 'waiting' && this.#hub.reconnect() } }, h('i', { class: 'lamp' }), this.#label);

  constructor(hub) {
    this.#hub = hub;
    hub.on('state', () => this.#changed());
    setInterval(() => this.#tick(), 500);
    this.#changed();
  }

  get banner() {
    return this.#line;
  }

  /** All rooms have caught up after a loss. @param {{missed: number, caughtUp: number}} resumed */
  resumed({ missed, caughtUp }) {
    const came = caughtUp > 0 ? `${formatCount(caughtUp)} ${caughtUp === 1 ? 'message' : 'messages'} came meanwhile` : 'Nothing was said meanwhile';
    const words = missed > 0 ? `${came}. ${formatCount(missed)} numbers in between are empty: messages not kept, or none.` : `${came}, nothing was missed.`;
    toast(`Connected again. ${words}`, RESUMED_MS);
  }

  #changed() {
    const { state } = this.#hub;
    this.badge.dataset.state = state;
    if (state === 'waiting') this.#lostAt ||= Date.now();
    if (state === 'replaced') this.#replaced();
    if (state === 'open') this.#back();
    this.#tick();
  }

  #tick() {
    const { state, roundTripMs } = this.#hub;
    this.#label.textContent = this.#words();
    const answer = roundTripMs === null ? '' : `, answers in ${Math.max(1, Math.round(roundTripMs))} ms`;
    this.badge.title = state === 'open' ? `Connected to ${this.#hub.name}, Sockhop ${this.#hub.version}${answer}` : 'Press to try now';
    const isDown = state === 'waiting' || (state === 'connecting' && this.#lostAt > 0);
    if (isDown && Date.now() - this.#lostAt > PATIENCE_MS) this.#lost();
  }

  #words() {
    const { state, retryAt } = this.#hub;
    if (state === 'waiting') return `lost, trying again in ${Math.max(1, Math.ceil((retryAt - Date.now()) / 1000))} s`;
    return { connecting: 'connecting', open: 'connected', refused: 'secret needed', replaced: 'open in another tab' }[state];
  }

  #lost() {
    const { problem } = this.#hub;
    this.#say(`${problem ? sentence(problem) : 'The connection to the hub is lost.'} What you write is kept, and sent when it is back.`);
  }

  #replaced() {
    this.#say('This session goes on in another tab.');
    this.#line.append(' ', h('button', { class: 'button', type: 'button', text: 'Use it here', on: { click: () => this.#hub.reconnect() } }));
  }

  #back() {
    this.#lostAt = 0;
    this.#line.hidden = true;
    clear(this.#line);
  }

  #say(text) {
    if (!this.#line.hidden && this.#line.textContent === text) return;
    this.#line.hidden = false;
    this.#line.textContent = text;
  }
}
