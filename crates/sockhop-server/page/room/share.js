/** Links to give away: to a message at a touch, to a room in a dialogue that also offers the secret. */

import { h, icon } from '../dom.js';
import { toast } from './toast.js';

/** Copies a link and says so. @param {string} path of this hub */
export async function copyLink(path) {
  const address = new URL(path, location.href).href;
  toast((await copy(address)) ? 'Link copied.' : `The link: ${address}`);
}

/** @param {{room: string, path: string, secret: string}} options */
export function openShare({ room, path, secret }) {
  const field = h('input', { class: 'field mono', readonly: true, 'aria-label': 'Link', on: { focus: () => field.select() } });
  const withSecret = h('input', { type: 'checkbox', on: { change: () => show() } });
  const show = () => {
    const address = new URL(path, location.href);
    if (withSecret.checked) address.hash = `secret=${encodeURIComponent(secret)}`;
    field.value = address.href;
  };
  const copied = h('p', { class: 'muted', role: 'status' });
  const take = async () => {
    copied.textContent = (await copy(field.value, field)) ? 'Copied.' : 'This browser does not let a page copy. Press Ctrl+C.';
  };
  const isLocal = /^(localhost|127\.|\[::1\])/.test(location.hostname);
  const dialog = h('dialog', { class: 'dialog', 'aria-label': `Share ${room}` },
    h('form', { method: 'dialog' }, h('h2', null, 'Share ', h('bdi', { text: room })), h('button', { class: 'icon-button', 'aria-label': 'Close' }, icon('close'))),
    h('div', { class: 'row' }, field, h('button', { class: 'button primary', type: 'button', text: 'Copy', on: { click: take } })),
    copied,
    isLocal && h('p', { class: 'muted', text: 'This address works on this computer alone. Others need the one the hub printed when it was started with --lan.' }),
    secret && h('label', null, withSecret, ' With the secret of this hub: whoever has the link gets in'));
  show();
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
}

/** The clipboard is there on https and on this computer alone; elsewhere the old way may do. */
async function copy(text, field) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyTheOldWay(text, field);
  }
}

function copyTheOldWay(text, field) {
  const area = field ?? h('textarea', { class: 'visually-hidden', readonly: true });
  if (!field) {
    area.value = text;
    document.body.append(area);
  }
  area.select();
  const isCopied = document.execCommand('copy');
  if (!field) area.remove();
  return isCopied;
}
