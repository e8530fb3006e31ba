/** Asks for the hub's secret, where it wants one. */

import { h } from '../dom.js';

/** @param {import('../hub.js').Hub} hub */
export function askSecret(hub) {
  const field = h('input', { class: 'field', name: 'secret', type: 'password', 'aria-label': 'Secret', autocomplete: 'current-password', required: true });
  const isWrong = hub.problem?.code === 'wrong_secret' && hub.secret !== '';
  const form = h('form', { name: 'secret', on: { submit: (event) => give(event) } },
    h('img', { src: '/-/assets/icon.svg', alt: '', width: '56', height: '56' }),
    h('h1', { text: 'This hub asks for its secret' }),
    h('p', { class: 'muted', text: 'It was printed where the hub was started, and is part of the link and the QR code shown there.' }),
    isWrong && h('p', { class: 'fault', role: 'alert', text: 'That is not the secret of this hub. Small and capital letters count.' }),
    h('div', { class: 'row' }, field, h('button', { class: 'button primary', text: 'Come in' })));
  const element = h('div', { class: 'secret' }, form);
  // Also where a link brings it: what is asked is answered by whatever connects again.
  const stop = hub.on('state', () => {
    stop();
    element.remove();
  });
  const give = (event) => {
    event.preventDefault();
    hub.present(field.value.trim());
  };
  document.body.append(element);
  field.focus();
}
