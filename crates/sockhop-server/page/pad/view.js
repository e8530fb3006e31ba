/**
 * The pad of a room: thumbs, keys or a gamepad in; pad states out, into the room.
 *
 *   touch.js keys.js plug.js ─▶ hold.js ─▶ pacer.js ─▶ link.js ─▶ the room
 *   what each hand does         who drives   when        now or never
 *
 * Everything happens at a touch, at a key or at a frame of the screen. No timer runs: a page that is
 * no longer drawn says nothing, and a robot that hears nothing stops.
 */

import { h, stylesheet } from '/-/assets/dom.js';
import { Awake } from './awake.js';
import { Band } from './band.js';
import { Hold } from './hold.js';
import { Keys } from './keys.js';
import { Link } from './link.js';
import { Others } from './others.js';
import { Pacer } from './pacer.js';
import { Plug } from './plug.js';
import { Readout } from './readout.js';
import { SpeedLimit } from './settings.js';
import { limited } from './stick.js';
import { Touch } from './touch.js';

/** A stall this short is not worth a stop: receivers wait as long before they stop by themselves. */
const RIDE_OUT_MS = 500;

/**
 * Opens the pad of a room.
 * @param {HTMLElement} container
 * @param {{hub: object, room: string}} options
 * @returns {{close: () => void}}
 */
export function open(container, { hub, room }) {
  stylesheet('/-/assets/pad/pad.css');
  const pad = new Pad(hub, room);
  container.append(pad.element);
  return { close: () => pad.close() };
}

class Pad {
  constructor(hub, room) {
    this.hub = hub;
    this.room = room;
    this.hold = new Hold();
    this.pacer = new Pacer();
    this.keys = new Keys();
    this.others = new Others();
    this.link = new Link(hub, room);
    this.touch = new Touch(() => this.#look());
    this.plug = new Plug();
    this.limit = new SpeedLimit();
    this.band = new Band();
    this.readout = new Readout();
    this.awake = new Awake();
    this.stalled_ms = null;
    this.reason = null;
    this.#build();
    this.#listen();
    this.#frame();
  }

  close() {
    this.#cut(null);
    this.#look({ flush: true });
    cancelAnimationFrame(this.frame);
    this.listening.abort();
    this.offs.forEach((off) => off());
    this.touch.close();
    this.link.close();
    this.awake.close();
    this.element.remove();
  }

  #build() {
    this.warning = h('p', { class: 'pad-warning', role: 'alert', hidden: true });
    this.turn = h('button', { type: 'button', class: 'pad-turn', on: { click: () => this.#turn() } });
    this.field = h('div', { class: 'pad-field', tabindex: 0, role: 'group', 'aria-label': 'Pad: W A S D or the arrow keys drive' },
      this.touch.stick('left'), h('div', { class: 'pad-middle' }, this.touch.diamond, this.turn), this.touch.stick('right'));
    this.element = h('section', { class: 'pad', dataset: { view: 'pad' }, 'aria-label': `Drive in ${this.room}` },
      h('div', { class: 'pad-top' }, this.band.element, this.warning, this.limit.element), this.field,
      h('div', { class: 'pad-panel' }, this.readout.element, this.plug.element,
        h('p', { class: 'pad-keys' }, 'With the keyboard: click between the sticks, then hold ', keys('W', 'A', 'S', 'D'), ' or the arrows to drive, ',
          keys('I', 'J', 'K', 'L'), ' for the right stick, ', keys('Space', 'E', 'Q', 'F'), ' for south, east, west, north. ',
          keys('Esc'), ' lets go of all.')));
    this.#show('left');
  }

  #listen() {
    this.listening = new AbortController();
    const { signal } = this.listening;
    const on = (target, name, listener) => target.addEventListener(name, listener, { signal, passive: false });
    on(window, 'blur', () => this.#stop('The window was left.'));
    on(window, 'pagehide', () => this.#stop('The page was left.'));
    on(document, 'visibilitychange', () => document.hidden && this.#stop('The tab was hidden.'));
    on(matchMedia('(orientation: portrait)'), 'change', () => this.#stop('The screen was turned.'));
    on(this.field, 'keydown', (event) => this.#key(event));
    on(this.field, 'keyup', (event) => this.#keyUp(event));
    on(this.field, 'focusout', (event) => this.field.contains(event.relatedTarget) || this.#unfocus());
    // A mouse brings the keyboard with it; a thumb needs no focus.
    on(this.field, 'pointerdown', ({ pointerType }) => pointerType === 'mouse' && this.field.focus({ preventScroll: true }));
    for (const name of ['contextmenu', 'selectstart', 'dragstart', 'touchstart']) on(this.field, name, notInTheField);
    const hear = ({ type, message }) => {
      if (type === 'message' && !this.hub.isOwn(message.from)) this.others.hear(message, performance.now());
    };
    this.offs = [
      this.hub.follow(this.room, hear),
      this.hub.on('state', () => this.#look()),
      this.hub.on('error', (error) => this.#refused(error)),
    ];
  }

  #frame() {
    this.frame = requestAnimationFrame(() => this.#frame());
    this.#look();
    this.#draw();
  }

  /** Looks at every hand, and sends what there is to say. */
  #look({ flush = false } = {}) {
    const now_ms = performance.now();
    const link = this.link.look(now_ms);
    this.#bear(link, now_ms);
    const wasDriving = this.hold.driver !== null;
    this.state = limited(this.hold.read(this.#readings()), this.limit.factor);
    if (this.state.armed && !wasDriving) this.#begin();
    if (wasDriving && !this.state.connected) this.reason = 'The gamepad was unplugged.';
    for (const state of this.pacer.step(now_ms, this.state, { link, flush })) {
      if (this.link.send(state)) this.readout.sentOne(now_ms);
    }
    this.linkState = link;
  }

  #readings() {
    return { touch: this.touch.read(), keyboard: this.keys.read(), gamepad: this.plug.read() };
  }

  /** A lost link ends the hold at once, a stalled one after a moment; on neither does one begin. */
  #bear(link, now_ms) {
    if (link === 'open') {
      this.stalled_ms = null;
      return;
    }
    this.stalled_ms ??= now_ms;
    const ridesOut = link === 'stalled' && this.hold.driver !== null && now_ms - this.stalled_ms < RIDE_OUT_MS;
    if (!ridesOut) this.#cut(link === 'away' ? 'The link to the hub was lost.' : 'The link stalled.');
  }

  /** States ask for no ack, so a refusal names none: whatever it was about, this is no time to drive on. */
  #refused({ id, message }) {
    if (id === undefined && this.hold.driver !== null) this.#stop(`The hub says: ${message}.`);
  }

  #begin() {
    this.reason = null;
    buzz(12);
  }

  /** Ends every hold; what is down must be let go before it counts again. */
  #cut(reason) {
    if (this.hold.driver !== null) {
      this.reason = reason;
      buzz([20, 40, 20]);
    }
    this.hold.cut(this.#readings());
    this.touch.releaseAll();
    this.keys.releaseAll();
  }

  /** The page may be about to sleep: all there is to say is said now. */
  #stop(reason) {
    this.#cut(reason);
    this.#look({ flush: true });
    this.#draw();
  }

  #key(event) {
    if (event.target === this.turn) return;
    if (event.code === 'Escape') this.#stop('Escape was pressed.');
    // A key that was cut short goes on repeating until it is let go.
    if (event.code === 'Escape' || this.keys.press(event)) event.preventDefault();
    this.#look();
  }

  #keyUp(event) {
    this.keys.release(event);
    this.#look();
  }

  #unfocus() {
    this.keys.releaseAll();
    this.#look();
  }

  /** On a narrow screen there is room for one stick. */
  #turn() {
    this.#show(this.field.dataset.side === 'left' ? 'right' : 'left');
    this.#stop('The sticks were changed over.');
  }

  #show(side) {
    const other = side === 'left' ? 'right' : 'left';
    this.field.dataset.side = side;
    this.turn.textContent = `${other === 'left' ? 'Left' : 'Right'} stick`;
  }

  #draw() {
    const now_ms = performance.now();
    const { armed } = this.state;
    this.element.dataset.armed = armed;
    this.touch.show(this.state, this.hold.driver === 'touch');
    this.readout.show(this.state, this.link.rtt_ms, now_ms);
    this.band.show(...this.#words());
    this.#warn(this.others.driving(now_ms));
  }

  #words() {
    const { state } = this.hub;
    if (this.linkState === 'away') {
      return ['away', state === 'refused' ? 'The hub wants its secret first.'
        : 'Not connected to the hub, and nothing is sent. It is tried again by itself.'];
    }
    if (this.linkState === 'stalled') {
      return ['stalled', 'The hub does not answer, and nothing is sent. Move closer, or wait.'];
    }
    if (this.state.armed) return ['driving', `By ${this.state.device}. Let go to stop.`];
    if (this.hold.spent.size > 0) return ['released', `${this.reason ?? ''} Let go, then hold again.`.trim()];
    if (this.reason) return ['released', `${this.reason} Hold again to drive.`];
    return ['released', `Nothing is sent. Hold ${this.#whatToHold()} to drive.`];
  }

  #whatToHold() {
    const isFocused = document.activeElement === this.field;
    return ['a stick', isFocused && 'W A S D', this.plug.isConnected && `the ${this.plug.enable.words}`].filter(Boolean).join(' or ');
  }

  #warn(others) {
    const text = others.length > 0 ? `${others.join(' and ')} ${others.length > 1 ? 'drive' : 'drives'} here too. One at a time: agree first.` : '';
    if (this.warning.textContent !== text) this.warning.textContent = text;
    this.warning.hidden = !text;
  }
}

const keys = (...names) => names.map((name) => h('kbd', { text: name }));

/** No menu, no selection, no scrolling under a thumb; the stick switch stays a button. */
function notInTheField(event) {
  if (event.target.tagName !== 'BUTTON' || event.target.dataset.button) event.preventDefault();
}

/** A tick under the thumb, where there is a motor, and the person has touched the page before (else browsers complain). */
function buzz(pattern) {
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(pattern);
}
