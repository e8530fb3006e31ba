/** The colours a canvas needs of the page's theme, and which of them each field has. */

const SERIES = 8;

export class Palette {
  /** Field → slot. */
  #slots = new Map();
  #colours = {};
  #forget;

  /** @param {() => void} changed called when the theme is another */
  constructor(changed) {
    const reread = () => {
      this.#read();
      changed();
    };
    document.addEventListener('themechange', reread);
    this.#forget = () => document.removeEventListener('themechange', reread);
    this.#read();
  }

  get text() {
    return this.#colours.muted;
  }

  get grid() {
    return this.#colours.grid;
  }

  get surface() {
    return this.#colours.surface;
  }

  /** Gives each of the fields a colour of its own while there are enough; who has one keeps it. @param {string[]} fields */
  deal(fields) {
    for (const field of this.#slots.keys()) if (!fields.includes(field)) this.#slots.delete(field);
    for (const field of fields) if (!this.#slots.has(field)) this.#slots.set(field, this.#freeSlot());
  }

  /** The colour of a field, for a canvas. */
  colour(field) {
    return this.#colours.series[this.#slots.get(field) % SERIES];
  }

  /** The colour of a field, for an element: follows the theme by itself. */
  variable(field) {
    return this.#slots.has(field) ? `var(--series-${(this.#slots.get(field) % SERIES) + 1})` : '';
  }

  /** Dashes for the second field of a colour, dots for the third. */
  dash(field) {
    return [[], [6, 3], [2, 3]][Math.floor(this.#slots.get(field) / SERIES) % 3];
  }

  close() {
    this.#forget();
  }

  #freeSlot() {
    const taken = new Set(this.#slots.values());
    let slot = 0;
    while (taken.has(slot)) slot += 1;
    return slot;
  }

  #read() {
    const style = getComputedStyle(document.documentElement);
    const read = (name) => style.getPropertyValue(`--${name}`).trim();
    this.#colours = {
      muted: read('muted'),
      grid: read('surface-2'),
      surface: read('surface'),
      series: Array.from({ length: SERIES }, (_, i) => read(`series-${i + 1}`)),
    };
  }
}
