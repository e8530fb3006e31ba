/** What a person sets once: how fast it may go, and which button of a gamepad enables it. Remembered. */

import { h } from '/-/assets/dom.js';
import { isText, lasting } from '/-/assets/storage.js';
import { ENABLE_BUTTONS } from './gamepad.js';

const LIMIT_KEY = 'pad.limit';
const ENABLE_KEY = 'pad.enable';

/** The speed limit: every axis is multiplied by it. */
export class SpeedLimit {
  constructor() {
    this.percent = lasting.get(LIMIT_KEY, (kept) => Number.isInteger(kept) && kept >= 5 && kept <= 100) ?? 100;
    this.shown = h('output', { text: `${this.percent} %` });
    const slider = h('input', {
      type: 'range', name: 'limit', min: 5, max: 100, step: 5, value: this.percent, 'aria-label': 'Speed limit in percent',
      on: { input: () => this.#set(Number(slider.value)) },
    });
    this.element = h('label', { class: 'pad-limit' }, h('span', { text: 'Speed limit' }), slider, this.shown);
  }

  get factor() {
    return this.percent / 100;
  }

  #set(percent) {
    this.percent = percent;
    this.shown.textContent = `${percent} %`;
    lasting.set(LIMIT_KEY, percent);
  }
}

/** The button a gamepad must hold to be armed. */
export class EnableButton {
  constructor() {
    this.name = lasting.get(ENABLE_KEY, (kept) => isText(kept) && Object.hasOwn(ENABLE_BUTTONS, kept)) ?? 'tl';
    const select = h('select', { name: 'enable', on: { change: () => this.#set(select.value) } },
      Object.entries(ENABLE_BUTTONS).map(([name, words]) => h('option', { value: name, selected: name === this.name, text: words })));
    this.element = h('label', { class: 'pad-enable' }, h('span', { text: 'Hold to drive' }), select);
  }

  get words() {
    return ENABLE_BUTTONS[this.name];
  }

  #set(name) {
    this.name = name;
    lasting.set(ENABLE_KEY, name);
  }
}
