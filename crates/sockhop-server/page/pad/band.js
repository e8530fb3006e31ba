/** The large lamp over the pad: released or driving, in a word that is read at arm's length. */

import { h } from '/-/assets/dom.js';

const WORDS = {
  released: 'Released',
  driving: 'Driving',
  stalled: 'Link stalled',
  away: 'No link',
};

export class Band {
  constructor() {
    this.word = h('strong', { class: 'pad-word' });
    this.sentence = h('span', { class: 'pad-sentence' });
    this.element = h('div', { class: 'pad-band', role: 'status' },
      h('i', { class: 'pad-lamp', 'aria-hidden': 'true' }), h('div', null, this.word, this.sentence));
  }

  /** `state` is one of WORDS. */
  show(state, sentence) {
    if (this.element.dataset.state === state && this.sentence.textContent === sentence) return;
    this.element.dataset.state = state;
    this.word.textContent = WORDS[state];
    this.sentence.textContent = sentence;
  }
}
