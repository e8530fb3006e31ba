/** The plots of one room, below or beside each other, with one cursor and one stretch of time. */

import { h } from '../dom.js';
import { Chart } from './chart.js';
import { sample } from './sample.js';

const CHART_HEIGHT_MIN = 108;
/** Plots stand side by side where this leaves them wide, or where they would else not be seen all at once. */
const COLUMN_WIDTH_GOOD = 440;
const COLUMN_WIDTH_MIN = 270;
const GAP = 4;

let opened = 0;

export class Charts {
  #palette;
  #hands;
  #charts = [];
  #plan = '';
  #cursorKey = `sockhop-${(opened += 1)}`;
  #list = h('div', { class: 'plot-list' });
  #observer;

  /** @param {{palette: object, hands: object, resized: () => void}} options `resized`: there is another size to draw in */
  constructor({ palette, hands, resized }) {
    this.#palette = palette;
    this.#hands = {
      ...hands,
      mark: (from, to) => this.#charts.forEach((chart) => chart.mark(from, to)),
      unmark: () => this.#charts.forEach((chart) => chart.unmark()),
      isScrolling: () => this.element.scrollHeight > this.element.clientHeight + 1,
    };
    this.element = h('div', { class: 'plot-area' }, this.#list);
    this.#observer = new ResizeObserver(() => {
      this.#resize();
      resized();
    });
    this.#observer.observe(this.element);
  }

  /** How many columns of pixels a plot has. */
  get bins() {
    return this.#charts[0]?.bins ?? 300;
  }

  /** Makes the plots that are wanted, unless they are there. @param {string[][]} plots the fields of each */
  arrange(plots, isCalendar) {
    const plan = JSON.stringify([plots, isCalendar]);
    if (plan === this.#plan) return;
    this.#plan = plan;
    this.#charts.forEach((chart) => chart.close());
    const make = (fields) => new Chart({ fields, palette: this.#palette, isCalendar, cursorKey: this.#cursorKey, hands: this.#hands });
    this.#charts = plots.map(make);
    this.#list.replaceChildren(...this.#charts.map(({ element }) => element));
    this.#resize();
  }

  /** @param {{x: Float64Array, column: (field: string) => Float64Array, range: [number, number]}} look */
  draw({ x, column, range: [from, to] }) {
    for (const chart of this.#charts) {
      const columns = chart.fields.map(column);
      chart.draw(sample({ x, columns, from, to, bins: chart.bins }), [from, to]);
    }
  }

  repaint() {
    this.#charts.forEach((chart) => chart.repaint());
  }

  close() {
    this.#observer.disconnect();
    this.#charts.forEach((chart) => chart.close());
  }

  #resize() {
    const { clientWidth, clientHeight } = this.element;
    if (clientWidth === 0 || this.#charts.length === 0) return;
    const count = this.#charts.length;
    const isCrowded = count * (CHART_HEIGHT_MIN + GAP) > clientHeight + GAP;
    const isWide = count > 2 && clientWidth >= 2 * COLUMN_WIDTH_GOOD;
    const columns = isWide || (isCrowded && clientWidth >= 2 * COLUMN_WIDTH_MIN) ? 2 : 1;
    const rows = Math.ceil(count / columns);
    const width = Math.floor((clientWidth - GAP * (columns - 1)) / columns);
    const height = Math.max(CHART_HEIGHT_MIN, Math.floor((clientHeight - GAP * (rows - 1)) / rows));
    this.#list.dataset.columns = columns;
    this.#charts.forEach((chart) => chart.resize(width, height));
  }
}
