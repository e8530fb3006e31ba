/** The fields of a room to choose from: each a checkbox with its colour, and its values beside it. */

import { h, printable } from '../dom.js';
import { formatRate, formatValue } from './words.js';

const SEARCH_FROM = 9;

export class Chooser {
  #palette;
  #chips = new Map();
  #list = h('div', { class: 'plot-fields', role: 'group', 'aria-label': 'Fields' });
  #search = h('input', {
    type: 'search', class: 'field plot-search', placeholder: 'Find a field', 'aria-label': 'Find a field', hidden: true,
    on: { input: () => this.#filter() },
  });

  /** @param {{palette: object, choose: (field: string, isChosen: boolean) => void}} options */
  constructor({ palette, choose }) {
    this.#palette = palette;
    this.element = h('div', { class: 'plot-chooser' }, this.#search, this.#list);
    this.#list.addEventListener('change', ({ target }) => choose(target.value, target.checked));
  }

  /** Shows these fields, and which of them are chosen. */
  show(fields, chosen) {
    if (fields.some((field) => !this.#chips.has(field)) || this.#chips.size !== fields.length) this.#rebuild(fields);
    for (const [field, { box, swatch, element }] of this.#chips) {
      box.checked = chosen.includes(field);
      element.dataset.chosen = box.checked;
      swatch.style.background = this.#palette.variable(field);
    }
  }

  /**
   * Says the values of a field.
   * @param {string} field
   * @param {number|null} last its newest value
   * @param {object|null} measured of what is looked at, or null if it is not drawn
   */
  tell(field, last, measured) {
    const chip = this.#chips.get(field);
    if (!chip) return; // It came after the last drawing: the next one shows it.
    const spread = measured?.spread ?? 0;
    say(chip.last, formatValue(last, spread));
    const [min, max, mean] = ['min', 'max', 'mean'].map((name) => formatValue(measured?.[name], spread));
    say(chip.range, measured ? `min ${min} · max ${max}` : '');
    chip.element.title = measured ? `${printable(field)}: mean ${mean}, ${measured.count} values, ${formatRate(measured.rate)}` : printable(field);
  }

  #rebuild(fields) {
    const chips = fields.map((field) => [field, this.#chips.get(field) ?? chip(field)]);
    this.#chips = new Map(chips);
    this.#list.replaceChildren(...chips.map(([, { element }]) => element));
    this.#search.hidden = fields.length < SEARCH_FROM;
    this.#filter();
  }

  #filter() {
    const wanted = this.#search.value.trim().toLowerCase();
    for (const [field, { element }] of this.#chips) element.hidden = !field.toLowerCase().includes(wanted);
  }
}

function chip(field) {
  const shown = printable(field);
  const box = h('input', { type: 'checkbox', value: field, 'aria-label': shown });
  const swatch = h('span', { class: 'plot-swatch' });
  const last = h('output', { class: 'plot-last' });
  const range = h('span', { class: 'plot-range' });
  const name = h('span', { class: 'plot-label', text: shown });
  const element = h('label', { class: 'plot-chip', dataset: { field } }, box, swatch, name, last, range);
  return { element, box, swatch, last, range };
}

function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
