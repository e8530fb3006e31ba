/** A word that passes by itself. */

import { h } from '../dom.js';

const SHOWN_MS = 4000;
let element = null;
let timer = 0;

/** @param {string} text @param {number} ms how long */
export function toast(text, ms = SHOWN_MS) {
  element ??= document.body.appendChild(h('div', { class: 'toast', role: 'status' }));
  element.textContent = text;
  element.classList.add('shown');
  clearTimeout(timer);
  timer = setTimeout(() => element.classList.remove('shown'), ms);
}
