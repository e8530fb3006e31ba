/**
 * A live table: rows keep their identity from one update to the next, so nothing flickers, and what
 * has the focus or is under the pointer stays where it is. On a phone its rows become cards (by CSS;
 * the roles say it is a table still).
 */

import { formatCount, h } from '/-/assets/dom.js';
import { write } from './words.js';

/** More rows than this help nobody; the filter finds the others. */
const ROWS_MAX = 200;
const compareText = new Intl.Collator('en', { numeric: true, sensitivity: 'base' }).compare;

/**
 * @typedef {object} Column
 * @property {string} name its heading
 * @property {(row: object) => string|number|null} value what it is sorted by
 * @property {(row: object) => string} [words] what it says, if not its value
 * @property {(row: object) => Node} [build] makes the cell's content once, instead of words
 * @property {boolean} [isNumber] aligned to the right, largest first
 */

export class Table {
  /**
   * @param {object} options `caption`, `columns`, `sort` (the name of a column), `filterBy(row)` (the text the filter
   *   searches), `tone(row)` (a row that stands out has one, and comes first), `none` (a sentence)
   */
  constructor({ caption, columns, sort, filterBy, tone = () => '', none }) {
    this.columns = columns;
    this.filterBy = filterBy;
    this.tone = tone;
    this.none = none;
    this.rows = [];
    this.lines = new Map();
    this.#build(caption);
    this.#sortBy(columns.find((column) => column.name === sort));
  }

  /** The rows of now, each with a `key`; `total` is how many there are, should the hub not list them all. */
  show(rows, total) {
    this.rows = rows;
    write(this.count, formatCount(total));
    this.isPart = total > rows.length;
    this.#draw();
  }

  #build(caption) {
    this.filter = h('input', { type: 'search', class: 'glance-filter', placeholder: 'Filter', 'aria-label': `Filter ${caption.toLowerCase()}`, on: { input: () => this.#draw() } });
    this.heads = this.columns.map((column) => h('th', { scope: 'col', role: 'columnheader', class: column.isNumber ? 'glance-number' : null, dataset: { label: column.name } },
      h('button', { type: 'button', on: { click: () => this.#sortBy(column) } }, column.name)));
    this.chooser = h('select', { 'aria-label': `Sort ${caption.toLowerCase()} by`, on: { change: () => this.#sortBy(this.columns[this.chooser.selectedIndex]) } },
      this.columns.map((column) => h('option', { text: column.name })));
    this.count = h('span', { class: 'glance-count' });
    this.body = h('tbody', { role: 'rowgroup' });
    this.rest = h('p', { class: 'glance-rest', hidden: true });
    this.element = h('section', { class: 'glance-section', 'aria-label': caption },
      h('header', null, h('h2', null, caption, ' ', this.count), h('label', { class: 'glance-sort' }, 'Sort by ', this.chooser), this.filter),
      h('div', { class: 'glance-scroll' }, h('table', { role: 'table', 'aria-label': caption },
        h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, this.heads)), this.body)),
      this.rest);
  }

  /** The same column again turns it round; a number is first wanted large, a word from A. */
  #sortBy(column) {
    const isAgain = column === this.sorted;
    this.isDescending = isAgain ? !this.isDescending : Boolean(column.isNumber);
    this.sorted = column;
    this.chooser.selectedIndex = this.columns.indexOf(column);
    this.columns.forEach((other, index) => {
      const order = this.isDescending ? 'descending' : 'ascending';
      if (other === column) this.heads[index].setAttribute('aria-sort', order);
      else this.heads[index].removeAttribute('aria-sort');
    });
    this.isTurned = true;
    this.#draw();
  }

  #draw() {
    const wanted = this.filter.value.trim().toLowerCase();
    const matching = this.rows.filter((row) => !wanted || this.filterBy(row).toLowerCase().includes(wanted));
    const shown = matching.sort((one, other) => this.#compare(one, other)).slice(0, ROWS_MAX);
    for (const [key, line] of this.lines) {
      if (shown.some((row) => row.key === key)) continue;
      line.element.remove();
      this.lines.delete(key);
    }
    for (const row of shown) this.#line(row).show(row);
    this.#arrange(shown.map((row) => this.lines.get(row.key).element));
    this.#sayRest(matching.length, shown.length);
  }

  #line(row) {
    if (!this.lines.has(row.key)) this.lines.set(row.key, new Line(this.columns, row, this.tone));
    return this.lines.get(row.key);
  }

  /** Puts rows in order around the one that has the focus, which is not moved: moving would take its focus. */
  #arrange(elements) {
    const isHeld = this.body.matches(':hover') && matchMedia('(hover: hover)').matches;
    const order = isHeld && !this.isTurned ? this.#asTheyStand(elements) : elements;
    this.isTurned = false;
    const pivot = Math.max(0, order.findIndex((element) => element.contains(document.activeElement)));
    if (order[pivot] && !order[pivot].isConnected) this.body.prepend(order[pivot]);
    for (let index = pivot - 1; index >= 0; index -= 1) {
      if (order[index].nextElementSibling !== order[index + 1]) order[index + 1].before(order[index]);
    }
    for (let index = Math.max(1, pivot + 1); index < order.length; index += 1) {
      if (order[index].previousElementSibling !== order[index - 1]) order[index - 1].after(order[index]);
    }
  }

  /** Under the pointer nothing changes places; what is new comes last. */
  #asTheyStand(elements) {
    const standing = [...this.body.children].filter((element) => elements.includes(element));
    return [...standing, ...elements.filter((element) => !element.isConnected)];
  }

  #compare(one, other) {
    const stands = Boolean(this.tone(other)) - Boolean(this.tone(one));
    if (stands !== 0) return stands;
    const order = compareValues(this.sorted.value(one), this.sorted.value(other));
    return (this.isDescending ? -order : order) || compareText(one.key, other.key);
  }

  #sayRest(matching, shown) {
    let text = '';
    if (this.rows.length === 0) text = this.none;
    else if (matching === 0) text = 'Nothing matches the filter.';
    else if (matching > shown) text = `${formatCount(matching - shown)} more: the filter finds them.`;
    if (this.isPart) text += ` The hub lists the first ${formatCount(this.rows.length)} only.`;
    write(this.rest, text.trim());
    this.rest.hidden = !text;
  }
}

/** One row, and its cells. */
class Line {
  constructor(columns, row, tone) {
    this.columns = columns;
    this.tone = tone;
    this.cells = columns.map((column) => h('td', { role: 'cell', class: column.isNumber ? 'glance-number' : null, dataset: { label: column.name } }, column.build?.(row)));
    this.element = h('tr', { role: 'row', dataset: { key: row.key } }, this.cells);
  }

  show(row) {
    this.element.dataset.tone = this.tone(row);
    this.columns.forEach((column, index) => {
      if (!column.build) write(this.cells[index], (column.words ?? column.value)(row));
    });
  }
}

/** What is not known comes last among the small. */
function compareValues(one, other) {
  if (one === null || other === null) return (one !== null) - (other !== null);
  return typeof one === 'number' ? one - other : compareText(one, other);
}
