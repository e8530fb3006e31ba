/**
 * Sticks and buttons for thumbs, a mouse or a pen. Every pointer is captured by what it went down
 * on, so thumbs do not disturb each other, and however a pointer ends (lifted, cancelled by the
 * system, its capture lost) what it held is let go.
 */

import { h } from '/-/assets/dom.js';
import { axesOf, buttonsOf, stickAxes, thumb } from './stick.js';

/** Laid out as on a gamepad. */
const PADS = ['north', 'west', 'east', 'south'];
const STICKS = { left: 'Left stick: drive', right: 'Right stick' };
/** How far the knob travels, as a part of its stick's radius. */
const TRAVEL = 0.62;
const ENDS = ['pointerup', 'pointercancel', 'lostpointercapture'];

export class Touch {
  /** `changed()` is called at each touch, move and release. */
  constructor(changed) {
    this.device = 'touch';
    this.sticks = Object.keys(STICKS).map((side) => new Stick(side, (event) => this.#felt(event, changed)));
    this.buttons = PADS.map((name) => new Button(name, (event) => this.#felt(event, changed)));
    this.diamond = h('div', { class: 'pad-diamond', role: 'group', 'aria-label': 'Buttons' },
      this.buttons.map((button) => button.element));
    this.end = (event) => this.#pointers().forEach((pointer) => pointer.end(event));
    for (const end of ENDS) addEventListener(end, this.end);
  }

  close() {
    for (const end of ENDS) removeEventListener(end, this.end);
  }

  stick(side) {
    return this.sticks.find((stick) => stick.side === side).element;
  }

  /** For hold.js: held while anything is touched. */
  read() {
    const pressed = this.buttons.filter((button) => button.pointer.isDown).map((button) => button.name);
    return {
      held: pressed.length > 0 || this.sticks.some((stick) => stick.pointer.isDown),
      axes: axesOf(Object.assign({}, ...this.sticks.map((stick) => stick.axes()))),
      buttons: buttonsOf(pressed),
      device: this.device,
      connected: true,
    };
  }

  /** Forgets every pointer: those still down must come anew. */
  releaseAll() {
    for (const pointer of this.#pointers()) pointer.release();
  }

  /** Knobs and buttons as `state` has them: a gamepad or the keyboard moves them too. */
  show(state, isTouched) {
    for (const stick of this.sticks) stick.show(state, isTouched);
    for (const button of this.buttons) button.element.dataset.down = state.buttons[button.name];
  }

  #pointers() {
    return [...this.sticks, ...this.buttons].map((part) => part.pointer);
  }

  #felt(event, changed) {
    this.device = event.pointerType === 'mouse' ? 'mouse' : 'touch';
    changed();
  }
}

/** One pointer at a time on one element. */
class Pointer {
  constructor(element, changed) {
    this.element = element;
    this.changed = changed;
    this.id = null;
    element.addEventListener('pointerdown', (event) => this.#down(event));
    element.addEventListener('pointermove', (event) => this.#move(event));
    for (const end of ENDS) element.addEventListener(end, (event) => this.end(event));
  }

  get isDown() {
    return this.id !== null;
  }

  release() {
    if (this.id === null) return;
    const id = this.id;
    this.id = null;
    if (this.element.hasPointerCapture(id)) this.element.releasePointerCapture(id);
  }

  end(event) {
    if (event.pointerId !== this.id) return;
    this.release();
    this.changed(event);
  }

  #down(event) {
    if (this.id !== null || event.button !== 0) return;
    this.id = event.pointerId;
    this.at = { x: event.clientX, y: event.clientY };
    // Where it was then: a stick that the page moves under a held thumb is not a thumb that moves.
    this.box = this.element.getBoundingClientRect();
    try {
      this.element.setPointerCapture(event.pointerId);
    } catch {
      // It has ended already: its pointerup comes next, here or at the window.
    }
    this.changed(event);
  }

  #move(event) {
    if (event.pointerId !== this.id) return;
    // A mouse let go outside the window.
    if (event.pointerType === 'mouse' && event.buttons === 0) return this.end(event);
    this.at = { x: event.clientX, y: event.clientY };
    this.changed(event);
  }
}

class Stick {
  constructor(side, changed) {
    this.side = side;
    this.knob = h('div', { class: 'pad-knob' });
    this.element = h('div', { class: 'pad-stick', role: 'img', 'aria-label': STICKS[side], dataset: { stick: side, armed: false } },
      h('div', { class: 'pad-cross' }), this.knob);
    this.pointer = new Pointer(this.element, changed);
  }

  /** Where the thumb is, in −1 to 1 of the knob's travel. */
  position() {
    if (!this.pointer.isDown) return { x: 0, y: 0 };
    const { at: { x, y }, box } = this.pointer;
    return thumb(x - box.left - box.width / 2, y - box.top - box.height / 2, box.width / 2 * TRAVEL);
  }

  axes() {
    return stickAxes(this.side, this.position());
  }

  show(state, isTouched) {
    const { x, y } = isTouched ? this.position()
      : thumb(-state.axes[`${this.side}_x`], -state.axes[`${this.side}_y`], 1);
    const reach = TRAVEL * 50;
    this.knob.style.left = `${50 + x * reach}%`;
    this.knob.style.top = `${50 + y * reach}%`;
    this.element.dataset.armed = state.armed;
    this.element.dataset.held = state.armed && (x !== 0 || y !== 0 || this.pointer.isDown);
  }
}

class Button {
  constructor(name, changed) {
    this.name = name;
    // Not in the tab order: the keyboard has keys of its own for these.
    this.element = h('button', { type: 'button', tabindex: -1, class: 'pad-button', text: name, dataset: { button: name } });
    this.pointer = new Pointer(this.element, changed);
  }
}
