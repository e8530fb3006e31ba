/**
 * The keyboard as a pad. Browsers report true key releases, so a key is held as long as it is down;
 * what they do not report (a release in another window, or under Ctrl or Meta) lets go of all.
 * Keys are known by place, not by letter: W, A, S, D lie the same on every layout.
 */

import { axesOf, buttonsOf } from './stick.js';

const AXIS_KEYS = {
  KeyW: ['left_y', 1], ArrowUp: ['left_y', 1],
  KeyS: ['left_y', -1], ArrowDown: ['left_y', -1],
  KeyA: ['left_x', 1], ArrowLeft: ['left_x', 1],
  KeyD: ['left_x', -1], ArrowRight: ['left_x', -1],
  KeyI: ['right_y', 1], KeyK: ['right_y', -1],
  KeyJ: ['right_x', 1], KeyL: ['right_x', -1],
};
const BUTTON_KEYS = { Space: 'south', KeyE: 'east', KeyQ: 'west', KeyF: 'north' };

export class Keys {
  constructor() {
    this.down = new Set();
  }

  /** A key went down, or goes on being down (`repeat`): whether it is one of the pad's. */
  press({ code, repeat, ctrlKey, metaKey, altKey }) {
    if (ctrlKey || metaKey || altKey) {
      this.releaseAll();
      return false;
    }
    if (!(code in AXIS_KEYS) && !(code in BUTTON_KEYS)) return false;
    if (!repeat) this.down.add(code);
    return true;
  }

  release({ code }) {
    this.down.delete(code);
  }

  releaseAll() {
    this.down.clear();
  }

  /** For hold.js: held while any key is. Opposite keys cancel. */
  read() {
    const pushes = {};
    for (const code of this.down) {
      const [axis, value] = AXIS_KEYS[code] ?? [];
      if (axis) pushes[axis] = Math.max(-1, Math.min(1, (pushes[axis] ?? 0) + value));
    }
    return {
      held: this.down.size > 0,
      axes: axesOf(pushes),
      buttons: buttonsOf([...this.down].map((code) => BUTTON_KEYS[code])),
      device: 'keyboard',
      connected: true,
    };
  }
}
