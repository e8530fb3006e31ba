/** The gamepad plugged into this machine: reads it, names it, and says why there is none. */

import { clear, h } from '/-/assets/dom.js';
import { choose, deviceName, gamepads, noGamepad, readGamepad } from './gamepad.js';
import { EnableButton } from './settings.js';

export class Plug {
  constructor() {
    this.enable = new EnableButton();
    this.inUse = null;
    this.shown = null;
    this.element = h('div', { class: 'pad-plug' });
  }

  get isConnected() {
    return this.element.dataset.gamepad === 'connected';
  }

  /** Its reading for hold.js, and the panel kept true. */
  read() {
    const list = gamepads();
    const gamepad = choose(list ?? [], this.inUse);
    const before = this.inUse;
    this.inUse = gamepad ?? before;
    this.#show(list === null ? 'hidden' : gamepad ? `${gamepad.index} ${gamepad.id}` : 'none', gamepad);
    if (gamepad) return readGamepad(gamepad, this.enable.name);
    return noGamepad(before ? deviceName(before) : undefined);
  }

  #show(what, gamepad) {
    if (what === this.shown) return;
    this.shown = what;
    clear(this.element);
    this.element.dataset.gamepad = gamepad ? 'connected' : what;
    this.element.append(...(gamepad ? this.#connected(gamepad) : this.#absent(what)));
  }

  #connected(gamepad) {
    const strange = 'The browser does not know the layout of this one: look at the bars before you drive, '
      + 'its sticks and buttons may be in other places.';
    return [
      h('p', null, h('strong', { text: deviceName(gamepad) }), ' is connected.'),
      this.enable.element,
      ...(gamepad.mapping === 'standard' ? [] : [h('p', { class: 'pad-strange', text: strange })]),
    ];
  }

  #absent(what) {
    if (what === 'none' && isSecureContext) {
      return [h('p', { text: 'No gamepad yet. Plug one in, then press any of its buttons: the browser shows it only then.' })];
    }
    const { hostname, port, pathname } = location;
    const local = `http://localhost${port ? `:${port}` : ''}${pathname}?pad`;
    const tunnel = `ssh -L ${port || 80}:localhost:${port || 80} ${hostname}`;
    return [h('details', null,
      h('summary', { text: 'A gamepad? Not at this address.' }),
      h('p', { text: 'Browsers hide gamepads from pages on a plain http address of the network. They show them to a page of this computer’s own:' }),
      h('p', null, 'on the computer the hub runs on, open ', h('code', { text: local }), ';'),
      h('p', null, 'on another, run ', h('code', { text: tunnel }), ' in a terminal, and open the same.'))];
  }
}
