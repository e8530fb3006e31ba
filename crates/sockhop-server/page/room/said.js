/** What we said and the hub has not confirmed: shown where it will stand, with the reason if it was refused. */

import { h } from '../dom.js';
import { messageBody } from './body.js';
import { sentence } from './names.js';

/**
 * @param {{text: string, type?: string}} said
 * @param {object|null} problem the refusal, or null while it is on its way
 * @param {{isOpen: boolean, retry: () => void, discard?: () => void}} options
 */
export function saidElement(said, problem, { isOpen, retry, discard }) {
  const body = messageBody(said);
  if (!problem) {
    const state = isOpen ? 'sending' : 'waits for the connection';
    return h('article', { class: 'message own pending', dataset: { state: 'pending' } }, body, h('span', { class: 'when', text: state }));
  }
  const button = (text, click) => h('button', { class: 'button', type: 'button', text, on: { click } });
  const why = h('div', { class: 'why' }, h('span', { class: 'fault', text: `Not said. ${sentence(problem)}` }),
    button('Try again', retry), discard && button('Discard', discard));
  return h('article', { class: 'message own failed', dataset: { state: 'failed' } }, body, why);
}
