/**
 * A gamepad plugged into the browser's machine, as the Gamepad API shows it. Only `gamepads()`
 * touches the browser; the rest is pure.
 */

import { axesOf, buttonsOf, stickAxes } from './stick.js';

/** What the standard mapping calls its buttons, by index. */
const STANDARD = [
  'south', 'east', 'west', 'north', 'tl', 'tr', 'tl2', 'tr2', 'select', 'start',
  'thumbl', 'thumbr', 'dpad_up', 'dpad_down', 'dpad_left', 'dpad_right', 'mode',
];
const LEFT_TRIGGER = STANDARD.indexOf('tl2');
const RIGHT_TRIGGER = STANDARD.indexOf('tr2');

/** Buttons a hand can hold while its thumbs drive, and what is printed on them. */
export const ENABLE_BUTTONS = {
  tl: 'left shoulder (L1, LB)',
  tr: 'right shoulder (R1, RB)',
  tl2: 'left trigger (L2, LT)',
  tr2: 'right trigger (R2, RT)',
  south: 'bottom button (A, ✕)',
};

/**
 * The gamepads that are plugged in, or null where the browser will not say: without a secure
 * context (https, or this very computer) browsers keep them from the page.
 */
export function gamepads() {
  try {
    return [...navigator.getGamepads()].filter((gamepad) => gamepad?.connected);
  } catch {
    return null;
  }
}

/** The one in use while it is there, else the first. */
export function choose(list, inUse) {
  return list.find((gamepad) => inUse && gamepad.index === inUse.index && gamepad.id === inUse.id) ?? list[0] ?? null;
}

/** Its reading for hold.js: held while its enable button is. */
export function readGamepad(gamepad, enable) {
  const pressed = STANDARD.filter((_, index) => gamepad.buttons[index]?.pressed);
  const stick = (side, first) => stickAxes(side, { x: gamepad.axes[first] ?? 0, y: gamepad.axes[first + 1] ?? 0 });
  return {
    held: pressed.includes(enable),
    axes: axesOf({
      ...stick('left', 0),
      ...stick('right', 2),
      left_trigger: gamepad.buttons[LEFT_TRIGGER]?.value,
      right_trigger: gamepad.buttons[RIGHT_TRIGGER]?.value,
    }),
    buttons: buttonsOf(pressed),
    device: deviceName(gamepad),
    connected: true,
  };
}

/** Its name without the numbers that browsers hang on. */
export function deviceName({ id }) {
  return id.replace(/^[0-9a-f]{4}-[0-9a-f]{4}-/, '').replace(/ *\((STANDARD GAMEPAD )?Vendor:.*\)$/, '').trim() || 'gamepad';
}

/** What is left of a gamepad that is gone, or was never there. */
export function noGamepad(device = 'gamepad') {
  return { held: false, axes: axesOf(), buttons: buttonsOf(), device, connected: false };
}
