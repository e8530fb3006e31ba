/** What is being sent, live: every axis as a bar, the rate, the round trip to the hub. */

import { formatCount, h } from '/-/assets/dom.js';
import { AXES } from './stick.js';

const SECOND_MS = 1000;

export class Readout {
  constructor() {
    this.sent = [];
    this.count = 0;
    this.bars = AXES.map((name) => new Bar(name));
    this.rate = h('dd', { dataset: { pad: 'rate' } });
    this.total = h('dd');
    this.roundTrip = h('dd');
    this.element = h('div', { class: 'pad-readout' },
      h('dl', { class: 'pad-numbers' },
        h('div', null, h('dt', { text: 'Sent' }), this.rate),
        h('div', null, h('dt', { text: 'In all' }), this.total),
        h('div', null, h('dt', { text: 'Round trip' }), this.roundTrip)),
      h('div', { class: 'pad-bars', role: 'group', 'aria-label': 'Axes as sent' }, this.bars.map((bar) => bar.element)));
  }

  /** One more message went out. */
  sentOne(now_ms) {
    this.sent.push(now_ms);
    this.count += 1;
  }

  show(state, rtt_ms, now_ms) {
    while (this.sent[0] <= now_ms - SECOND_MS) this.sent.shift();
    write(this.rate, `${this.sent.length} /s`);
    write(this.total, formatCount(this.count));
    write(this.roundTrip, rtt_ms === null ? '–' : `${rtt_ms < 10 ? rtt_ms.toFixed(1) : Math.round(rtt_ms)} ms`);
    for (const bar of this.bars) bar.show(state.axes[bar.name]);
  }
}

class Bar {
  constructor(name) {
    this.name = name;
    this.fill = h('i');
    this.value = h('output', { class: 'pad-value' });
    this.element = h('div', { class: name.endsWith('trigger') ? 'pad-bar pad-bar-trigger' : 'pad-bar' },
      h('span', { text: name }), h('b', null, this.fill), this.value);
  }

  show(value) {
    this.fill.style.transform = `scaleX(${value})`;
    // A minus as wide as a plus keeps the number from jumping.
    write(this.value, `${value < 0 ? '−' : ''}${Math.abs(value).toFixed(2)}`);
  }
}

/** Leaves alone what already says so. */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
