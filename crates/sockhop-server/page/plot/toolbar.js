/** The row of controls over the plots. It shows what is and tells what was pressed; it decides nothing. */

import { h, icon, printable } from '../dom.js';
import { LAYOUTS, WINDOWS } from './settings.js';

let opened = 0;

export class Toolbar {
  #id = (opened += 1);
  #pause = h('button', { type: 'button', class: 'button plot-pause', on: { click: () => this.#hands.pause() } });
  #reset = h('button', { type: 'button', class: 'button', text: 'Reset zoom', hidden: true, on: { click: () => this.#hands.reset() } });
  #axis = h('select', { class: 'field plot-axis', 'aria-label': 'Time axis', hidden: true, on: { change: () => this.#hands.choose({ axis: this.#axis.value || null }) } });
  /** How it goes, in a few words; stands apart from the controls. */
  status = h('p', { class: 'plot-status muted' });
  #window;
  #layout;
  #hands;

  /** @param {{pause: () => void, reset: () => void, choose: (settings: object) => void, save: () => void, screen: () => void}} hands */
  constructor(hands) {
    this.#hands = hands;
    this.#window = this.#segments('window', 'Time window', WINDOWS);
    this.#layout = this.#segments('layout', 'Plots', LAYOUTS);
    const save = h('button', { type: 'button', class: 'button', text: 'CSV', title: 'Save what is shown as a table', on: { click: () => hands.save() } });
    const screen = h('button', { type: 'button', class: 'button plot-screen', text: 'Full screen', hidden: !document.fullscreenEnabled, on: { click: () => hands.screen() } });
    this.element = h('div', { class: 'plot-toolbar', role: 'toolbar', 'aria-label': 'Plot' },
      this.#pause, this.#window, this.#layout, this.#axis, this.#reset, screen, save);
    this.#showPause(false);
  }

  /**
   * @param {{window: string, layout: string, axis: string|null, clocks: string[], isHeld: boolean, isZoomed: boolean, fieldCount: number}} state
   *   `clocks`: fields that can be the time axis; `fieldCount`: how many are chosen
   */
  show({ window, layout, axis, clocks, isHeld, isZoomed, fieldCount }) {
    check(this.#window, isZoomed ? null : window);
    check(this.#layout, layout);
    this.#layout.hidden = fieldCount < 2;
    this.#reset.hidden = !isZoomed;
    this.#showPause(isHeld);
    this.#showClocks(clocks, axis);
  }

  tell(words) {
    if (this.status.textContent !== words) this.status.textContent = words;
  }

  #showPause(isHeld) {
    if (this.#pause.dataset.held === String(isHeld)) return;
    this.#pause.dataset.held = isHeld;
    this.#pause.replaceChildren(icon(isHeld ? 'play' : 'pause'), isHeld ? 'Resume' : 'Pause');
  }

  #showClocks(clocks, axis) {
    this.#axis.hidden = clocks.length === 0;
    const plan = clocks.join('\n');
    if (this.#axis.dataset.plan !== plan) {
      this.#axis.dataset.plan = plan;
      const options = clocks.map((field) => h('option', { value: field, text: printable(field) }));
      this.#axis.replaceChildren(h('option', { value: '', text: 'Hub time' }), ...options);
    }
    this.#axis.value = clocks.includes(axis) ? axis : '';
  }

  #segments(name, legend, choices) {
    const group = h('fieldset', { class: 'plot-segments', dataset: { control: name } }, h('legend', { class: 'visually-hidden', text: legend }));
    for (const [value, choice] of choices) {
      const radio = h('input', { type: 'radio', name: `plot-${name}-${this.#id}`, value, 'aria-label': choice.name });
      group.append(h('label', { title: choice.name }, radio, h('span', { text: choice.label })));
    }
    // A click on the one that is chosen counts too: it leaves a zoom.
    group.addEventListener('click', ({ target }) => target.value && this.#hands.choose({ [name]: target.value }));
    return group;
  }
}

function check(group, value) {
  for (const radio of group.querySelectorAll('input')) radio.checked = radio.value === value;
}
