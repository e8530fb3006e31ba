/** One plot: a caption that names its lines and reads them off at the cursor, and uPlot's canvas. */

import { h, printable } from '../dom.js';
import { handle } from './gestures.js';
import { captionOf } from './names.js';
import { formatMark, formatMoment, formatValue } from './words.js';

const AXIS_WIDTH = 54;
const AXIS_HEIGHT = 20;
const DOT_SPACE = 14;
const AIR = { pad: 0.1, soft: 0, mode: 3 };
const FONT = '11px system-ui, sans-serif';

export class Chart {
  #uplot;
  #palette;
  #values = new Map();
  #moment = h('output', { class: 'plot-moment' });
  #canvas = h('div', { class: 'plot-canvas' });
  #caption;

  /**
   * @param {{fields: string[], palette: object, isCalendar: boolean, cursorKey: string, hands: object}} options
   *   `isCalendar`: x is a date; `cursorKey`: plots with the same one share their cursor; `hands`: see gestures.js
   */
  constructor({ fields, palette, isCalendar, cursorKey, hands }) {
    this.fields = fields;
    this.#palette = palette;
    const { title, labels } = captionOf(fields);
    const names = fields.map((field, i) => this.#name(field, labels[i]));
    this.#caption = h('figcaption', { class: 'plot-caption' }, title ? h('span', { class: 'plot-label muted', text: printable(title) }) : null, names, this.#moment);
    this.element = h('figure', {
      class: 'plot-chart',
      tabindex: 0,
      role: 'group',
      'aria-roledescription': 'plot',
      'aria-label': `${printable(fields.join(', '))}. Plus and minus zoom, arrow keys move, 0 shows all again, space pauses.`,
      dataset: { plot: fields.join(' ') },
    }, this.#caption, this.#canvas);
    this.#uplot = new window.uPlot(this.#options(isCalendar, cursorKey), [[], ...fields.map(() => [])], this.#canvas);
    handle(this.#uplot.over, this.element, hands);
  }

  /** @param {number} width @param {number} height of the plot with its caption, in CSS pixels */
  resize(width, height) {
    const inner = Math.max(40, height - this.#caption.offsetHeight);
    if (this.#uplot.width !== width || this.#uplot.height !== inner) this.#uplot.setSize({ width, height: inner });
  }

  /** How many columns of pixels there are to draw in. */
  get bins() {
    return Math.max(50, this.#uplot.over.clientWidth || this.#uplot.width - AXIS_WIDTH);
  }

  /** @param {Array} data as of `sample` @param {[number, number]} range of x */
  draw(data, [min, max]) {
    this.#uplot.batch(() => {
      this.#uplot.setData(data, false);
      // Of several rows at one moment on the very edge, uPlot would take the first alone.
      this.#uplot.setScale('x', { min, max: max + 1e-6 });
    });
  }

  /** Draws again as it is, in other colours. */
  repaint() {
    this.#uplot.redraw(false);
  }

  mark(from, to) {
    const { clientWidth, clientHeight } = this.#uplot.over;
    const left = from * clientWidth;
    this.#uplot.setSelect({ left, width: to * clientWidth - left, top: 0, height: clientHeight }, false);
  }

  unmark() {
    this.#uplot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  }

  close() {
    this.#uplot.destroy();
    this.element.remove();
  }

  #name(field, label) {
    const swatch = h('span', { class: 'plot-swatch' });
    swatch.style.background = this.#palette.variable(field);
    const value = h('output', { class: 'plot-value' });
    this.#values.set(field, value);
    return h('span', { class: 'plot-name' }, swatch, h('span', { class: 'plot-label', text: printable(label), title: printable(field) }), value);
  }

  /** Says what the lines are at the cursor; nothing when it is elsewhere. */
  #readOff(uplot) {
    const isOver = uplot.cursor.idx !== null && uplot.cursor.left >= 0;
    this.fields.forEach((field, i) => {
      const at = uplot.cursor.idxs[i + 1];
      const value = isOver && at !== null ? uplot.data[i + 1][at] : undefined;
      const { min, max } = uplot.series[i + 1];
      const spread = Number.isInteger(value) ? 0 : max - min;
      this.#values.get(field).textContent = value === undefined || value === null ? '' : formatValue(value, spread);
    });
    const step = (uplot.scales.x.max - uplot.scales.x.min) / this.bins;
    const digit = 10 ** Math.min(0, Math.floor(Math.log10(step)));
    this.#moment.textContent = isOver ? formatMoment(uplot.data[0][uplot.cursor.idx], digit) : '';
  }

  #options(isCalendar, cursorKey) {
    const palette = this.#palette;
    const axis = {
      font: FONT,
      stroke: () => palette.text,
      grid: { stroke: () => palette.grid, width: 1 },
      ticks: { show: false },
      border: { show: false },
    };
    return {
      width: 300,
      height: 150,
      padding: [6, 28, 0, 0],
      legend: { show: false },
      scales: { x: { time: isCalendar, auto: false }, y: { range: yRange } },
      series: [{}, ...this.fields.map((field) => this.#line(field))],
      axes: [
        { ...axis, size: AXIS_HEIGHT, gap: 4, space: 76, values: xMarks },
        { ...axis, size: AXIS_WIDTH, gap: 6, space: ySpace, values: yMarks },
      ],
      cursor: {
        y: false,
        drag: { x: false, y: false, setScale: false },
        sync: { key: cursorKey, scales: ['x', null], setSeries: false },
        // Hands are ours (gestures.js): uPlot only follows the pointer.
        bind: { mousedown: () => null, mouseup: () => null, dblclick: () => null },
        points: { size: 7, width: 2, fill: () => palette.surface },
      },
      hooks: { setCursor: [(uplot) => this.#readOff(uplot)] },
    };
  }

  #line(field) {
    return {
      label: field,
      stroke: () => this.#palette.colour(field),
      dash: this.#palette.dash(field),
      width: 1.75,
      // Whole pixels would make a line tremble while it scrolls.
      pxAlign: 0,
      points: { size: 5, show: areFew, fill: () => this.#palette.colour(field) },
    };
  }
}

/** Whether a line has so few points that each is worth a dot; one alone is no line at all. */
function areFew(uplot, line, first, last) {
  const points = uplot.data[line].slice(first, last + 1).filter(Number.isFinite);
  return points.length * DOT_SPACE <= uplot.over.clientWidth;
}

/** Some air above and below; a line that never changes lies in the middle. */
function yRange(uplot, min, max) {
  if (min === null) return [0, 1];
  if (min === max) {
    const air = Math.abs(min) * 0.05 || 1;
    return [min - air, max + air];
  }
  return window.uPlot.rangeNum(min, max, { min: AIR, max: AIR });
}

/** About seven marks, closer in a low plot. */
function ySpace(uplot, axis, min, max, height) {
  return Math.min(56, Math.max(24, height / 7));
}

function yMarks(uplot, splits) {
  const largest = Math.max(...splits.map(Math.abs));
  return splits.map((value) => formatMark(value, splits[1] - splits[0], largest));
}

function xMarks(uplot, splits, axis, space, step) {
  return splits.map((at) => formatMoment(at, isMidnight(at, step) ? 86_400 : step));
}

function isMidnight(at, step) {
  const date = new Date(at * 1000);
  return step >= 60 && date.getHours() === 0 && date.getMinutes() === 0;
}
