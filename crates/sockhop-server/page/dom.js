/**
 * Making elements, and saying text, numbers and times as people read them.
 *
 * Text from the hub only ever becomes a text node here: there is no way in for markup.
 */

/**
 * Makes an element.
 * @param {string} tag
 * @param {object|null} [props] `class`, `text`, `on: {event: listener}`, `dataset`, or any attribute;
 *   `true` is an attribute without a value, `false`, `null` and `undefined` leave it out.
 * @param {...(Node|string|number|null|undefined|false|Array)} children strings become text nodes
 * @returns {HTMLElement}
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) set(element, name, value);
  element.append(...children.flat().filter((child) => child != null && child !== false).map(asNode));
  return element;
}

function set(element, name, value) {
  if (value == null || value === false) return;
  if (name === 'on') {
    for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
  } else if (name === 'dataset') {
    Object.assign(element.dataset, value);
  } else if (name === 'text') {
    element.textContent = value;
  } else {
    element.setAttribute(name, value === true ? '' : value);
  }
}

const asNode = (child) => (child instanceof Node ? child : document.createTextNode(String(child)));

/**
 * Characters that move a cursor (`^[` is escape) or turn the direction of text are shown, not obeyed.
 * @param {string} text
 */
export function printable(text) {
  return text
    .replace(/\r\n/g, '\n')
    .replace(/[\u0000-\u0008\u000b-\u001f]/g, (control) => `^${String.fromCharCode(0x40 + control.charCodeAt(0))}`)
    .replace(/[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

/**
 * An icon of the page's own set, drawn with lines in the colour of the text around it.
 * @param {keyof typeof ICONS} name
 * @returns {SVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  for (const [key, value] of Object.entries(ICON_ATTRIBUTES)) svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

const SVG = 'http://www.w3.org/2000/svg';
const ICON_ATTRIBUTES = {
  viewBox: '0 0 24 24', width: '20', height: '20', fill: 'none', stroke: 'currentColor', class: 'icon',
  'stroke-width': '1.8', 'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true',
};
const ICONS = {
  menu: 'M4 7h16M4 12h16M4 17h16',
  people: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6M16 4.4a3.5 3.5 0 0 1 0 6.4M18.5 14.5c1.9.9 3 2.9 3 5.5',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM16.2 16.2 21 21',
  plot: 'M3 20h18M4 16l4.5-6 4 3.5L20 5',
  stick: 'M12 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM12 11v6M5 20c0-2 3-3 7-3s7 1 7 3',
  link: 'M10 14a4.5 4.5 0 0 0 6.4 0l3-3A4.5 4.5 0 0 0 13 4.6l-1.2 1.2M14 10a4.5 4.5 0 0 0-6.4 0l-3 3a4.5 4.5 0 0 0 6.4 6.4l1.2-1.2',
  close: 'M6 6l12 12M18 6 6 18',
  down: 'M12 5v14M6 13l6 6 6-6',
  send: 'M4 12h14M12 5l7 7-7 7',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5Z',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 2v2M12 20v2M2 12h2M20 12h2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M19.1 4.9l-1.4 1.4M6.3 17.7l-1.4 1.4',
  gauge: 'M4 18a9 9 0 1 1 16 0M12 14l4-5',
  pause: 'M8 5v14M16 5v14',
  play: 'M7 4.5v15l12-7.5Z',
};

/** Empties an element. @param {Element} element */
export function clear(element) {
  element.replaceChildren();
}

/** Adds a stylesheet to the page, once. @param {string} href */
export function stylesheet(href) {
  const present = [...document.querySelectorAll('link[rel="stylesheet"]')];
  if (present.some((link) => link.getAttribute('href') === href)) return;
  document.head.append(h('link', { rel: 'stylesheet', href }));
}

/** `0 B`, `940 B`, `1.4 KB`, `12 MB`: decimal units. @param {number} n */
export function formatBytes(n) {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let unit = 0;
  while (n >= 999.5 && unit < units.length - 1) {
    n /= 1000;
    unit += 1;
  }
  return `${n < 9.95 && unit > 0 ? n.toFixed(1) : Math.round(n)} ${units[unit]}`;
}

const counts = new Intl.NumberFormat('en-GB');

/** `12,345`. @param {number} n */
export function formatCount(n) {
  return counts.format(n);
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

/** The local time of day, `14:02`. @param {number} timeUs microseconds since the Unix epoch */
export function formatTime(timeUs) {
  return clock.format(timeUs / 1000);
}

/** The local time to the microsecond, `2026-11-03 14:02:09.031250 +01:00`. @param {number} timeUs */
export function formatExactTime(timeUs) {
  const at = new Date(timeUs / 1000);
  const two = (n) => String(n).padStart(2, '0');
  const micros = String(Math.floor(timeUs % 1e6)).padStart(6, '0');
  const offset = -at.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${micros} ${zone}`;
}

/** The local day in words: `Today`, `Yesterday`, `Tuesday 3 November`. @param {number} timeUs */
export function formatDay(timeUs) {
  const at = new Date(timeUs / 1000);
  const days = Math.round((midnight(new Date()) - midnight(at)) / 864e5);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  const year = at.getFullYear() === new Date().getFullYear() ? undefined : 'numeric';
  return at.toLocaleDateString('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year }).replace(',', '');
}

const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

/** A span of time: `850 µs`, `12 ms`, `4 s`, `12 min`, `3 h 20 min`, `2 d 4 h`. @param {number} us microseconds */
export function formatDuration(us) {
  if (us < 1000) return `${Math.round(us)} µs`;
  if (us < 1e6) return us < 9950 ? `${(us / 1000).toFixed(1)} ms` : `${Math.round(us / 1000)} ms`;
  const seconds = Math.floor(us / 1e6);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return pair(hours, 'h', minutes % 60, 'min');
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

const pair = (big, bigUnit, small, smallUnit) => `${big} ${bigUnit}${small > 0 ? ` ${small} ${smallUnit}` : ''}`;
