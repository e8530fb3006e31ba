/** The last minute of one number, as a line without axes: its shape, not its values. */

const SVG = 'http://www.w3.org/2000/svg';
const POINTS = 60;
const WIDTH = 120;
const HEIGHT = 28;

export class Sparkline {
  /** `colour` is one of the page's `--series-N`. */
  constructor(colour) {
    this.values = [];
    this.area = shape('path', { class: 'glance-area' });
    this.line = shape('path', { class: 'glance-line' });
    this.element = shape('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', class: 'glance-spark', 'aria-hidden': 'true' });
    this.element.style.setProperty('--spark', `var(${colour})`);
    this.element.append(this.area, this.line);
  }

  /** One more value, at the right; null is a gap in what is known, and left out. */
  push(value) {
    if (value === null || value === undefined) return;
    this.values.push(value);
    if (this.values.length > POINTS) this.values.shift();
    const line = this.#path();
    this.line.setAttribute('d', line);
    this.area.setAttribute('d', `${line}V${HEIGHT}H${this.#x(0)}Z`);
  }

  #path() {
    const top = Math.max(...this.values, 0) || 1;
    const points = this.values.map((value, index) => `${this.#x(index)} ${(HEIGHT - 1 - value / top * (HEIGHT - 3)).toFixed(1)}`);
    return points.length > 1 ? `M${points.join('L')}` : `M${points[0]}h0.01`;
  }

  #x(index) {
    return ((POINTS - this.values.length + index) * WIDTH / (POINTS - 1)).toFixed(1);
  }
}

function shape(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
