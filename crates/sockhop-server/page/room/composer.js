/** Where one writes: the nick, the text, and what came of a command. */

import { h, icon, printable } from '../dom.js';
import { HELP, parseTyped } from './commands.js';
import { tint } from './message.js';
import { nickFault, roomFault, sentence } from './names.js';
import { roomPath } from './place.js';

const drafts = new Map();

export class Composer {
  #options;
  #stops = [];
  #hint = h('div', { class: 'composer-hint', role: 'status' });
  #nickForm = h('form', { name: 'nick', class: 'nick-form', hidden: true, on: { submit: (event) => this.#rename(event) } });
  #nickField = h('input', { class: 'field', name: 'nick', 'aria-label': 'Your nick', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', enterkeyhint: 'done' });
  #me = h('button', { class: 'me', type: 'button', title: 'Change your nick', on: { click: () => this.askNick() } });
  #text = h('textarea', {
    name: 'say', rows: '1', enterkeyhint: 'send', autocomplete: 'off',
    on: { keydown: (event) => this.#key(event), input: () => this.#grow() },
  });

  /**
   * @param {object} options `hub`, `navigate`, `room` (where `/join` comes from), `to` (in words, for the label),
   *   `draft` (what is kept under this name), `say(text, type)`, `tell(nick, text)` for private messages
   */
  constructor(options) {
    this.#options = options;
    const label = `Say something ${options.to}`;
    this.#text.setAttribute('aria-label', label);
    this.#text.placeholder = label;
    this.#text.value = drafts.get(options.draft) ?? '';
    this.#nickForm.append(this.#nickField, h('button', { class: 'button primary', text: 'Take it' }),
      h('button', { class: 'button quiet', type: 'button', text: 'Cancel', on: { click: () => this.#nickDone() } }));
    this.#nickForm.addEventListener('keydown', (event) => event.key === 'Escape' && this.#nickDone());
    const send = h('button', { class: 'icon-button send', type: 'submit', 'aria-label': 'Send', title: 'Send (Enter)' }, icon('send'));
    const form = h('form', { class: 'composer-form', on: { submit: (event) => this.#submit(event) } }, this.#me, this.#text, send);
    this.element = h('div', { class: 'composer' }, this.#hint, this.#nickForm, form);
    this.#stops.push(options.hub.on('nick', () => this.#showNick()));
    this.#showNick();
    requestAnimationFrame(() => this.#grow());
  }

  close() {
    drafts.set(this.#options.draft, this.#text.value);
    for (const stop of this.#stops) stop();
  }

  focus() {
    this.#text.focus();
  }

  /** Shows the field for another nick. */
  askNick() {
    this.#nickForm.hidden = false;
    this.#nickField.value = this.#options.hub.nick;
    this.#nickField.focus();
    this.#nickField.select();
  }

  #nickDone() {
    this.#nickForm.hidden = true;
    this.#hint.replaceChildren();
    this.focus();
  }

  #showNick() {
    const { nick } = this.#options.hub;
    this.#me.className = `me ${tint(nick)}`;
    this.#me.replaceChildren(h('bdi', { text: printable(nick || '…') }));
  }

  #key(event) {
    // While a word is being composed (Japanese, Chinese), Enter ends the word.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#submit(event);
  }

  #grow() {
    this.#text.style.height = 'auto';
    this.#text.style.height = `${this.#text.scrollHeight + 2}px`;
  }

  #submit(event) {
    event.preventDefault();
    const typed = this.#text.value.replace(/\s+$/, '');
    if (typed.trim() === '') return;
    if (this.#do(parseTyped(typed)) === false) return;
    this.#text.value = '';
    this.#grow();
  }

  /** False if what was typed is to stay, to be mended. */
  #do(command) {
    const { say, tell, navigate } = this.#options;
    this.#hint.replaceChildren();
    if (command.fault) return this.#fault(command.fault);
    if (command.say !== undefined) return say(command.say, command.type);
    if (command.to) return tell(command.to, command.text);
    if (command.help) return this.#help();
    if (command.nick) return this.#take(command.nick);
    const fault = roomFault(command.join);
    return fault ? this.#fault(fault) : navigate(roomPath(command.join));
  }

  #fault(text) {
    this.#hint.replaceChildren(h('p', { class: 'fault', text }));
    return false;
  }

  #help() {
    const rows = HELP.flatMap(([typed, effect]) => [h('dt', { class: 'mono', text: typed }), h('dd', { text: effect })]);
    const keys = 'Enter sends, Shift+Enter begins a new line. Ctrl+K goes to a room, / searches, Alt+↑ and Alt+↓ change rooms, Esc goes back to the newest message.';
    const close = h('button', { class: 'icon-button', type: 'button', 'aria-label': 'Close help', on: { click: () => this.#nickDone() } }, icon('close'));
    this.#hint.replaceChildren(h('div', { class: 'help' }, close, h('dl', null, rows), h('p', { class: 'muted', text: keys })));
  }

  async #rename(event) {
    event.preventDefault();
    if (await this.#take(this.#nickField.value.trim())) this.#nickDone();
  }

  async #take(nick) {
    const fault = nickFault(nick);
    if (fault) {
      this.#fault(fault);
      return false;
    }
    try {
      await this.#options.hub.rename(nick);
      this.#hint.replaceChildren();
      return true;
    } catch (refusal) {
      const isTaken = refusal.code === 'nick_taken';
      this.#fault(isTaken ? `Somebody here is called ${printable(nick)} already. Try another.` : sentence(refusal));
      return false;
    }
  }
}
