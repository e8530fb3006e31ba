/**
 * The state of a pad, as it is said in a room: named axes and buttons, the deadzone, what neutral
 * is. Pure; when a state is sent is the business of pacer.js, who holds the pad that of hold.js.
 *
 * Forward and left are positive, as in ROS: thumb up is `left_y` 1, thumb left is `left_x` 1.
 */

/** −1 to 1, but the triggers from 0 to 1. */
export const AXES = ['left_x', 'left_y', 'right_x', 'right_y', 'left_trigger', 'right_trigger'];

/** The Linux gamepad names. */
export const BUTTONS = [
  'south', 'east', 'north', 'west', 'tl', 'tr', 'tl2', 'tr2', 'select', 'start', 'mode',
  'thumbl', 'thumbr', 'dpad_up', 'dpad_down', 'dpad_left', 'dpad_right',
];

const DEADZONE = 0.05;

/** Nothing below the deadzone; what is left is stretched, so that there is no jump at its edge. */
export function deadzone(value) {
  const size = Math.min(Math.abs(value), 1);
  return size <= DEADZONE ? 0 : Math.sign(value) * (size - DEADZONE) / (1 - DEADZONE);
}

/** Where a thumb is, from the middle of a stick, kept on its disc: `{ x, y }` in −1 to 1 of the screen. */
export function thumb(dx, dy, radius) {
  const far = Math.max(Math.hypot(dx, dy) / radius, 1);
  return { x: dx / radius / far, y: dy / radius / far };
}

/** One stick's two axes from screen directions (right and down positive), in ROS's. */
export function stickAxes(side, { x, y }) {
  return { [`${side}_x`]: deadzone(-x), [`${side}_y`]: deadzone(-y) };
}

/** Every axis and every button, with `given` filled in and the rest at rest. */
export function axesOf(given = {}) {
  return Object.fromEntries(AXES.map((name) => [name, given[name] ?? 0]));
}

/** @see axesOf; `pressed` is any iterable of names. */
export function buttonsOf(pressed = []) {
  const down = new Set(pressed);
  return Object.fromEntries(BUTTONS.map((name) => [name, down.has(name)]));
}

/** Hands off: every axis at 0, every button up, not armed. */
export function neutral({ device = 'touch', connected = true } = {}) {
  return { axes: axesOf(), buttons: buttonsOf(), device, connected, armed: false };
}

/** `state` with every axis at `limit` (0 to 1) of itself, in thousandths: finer is only noise. */
export function limited(state, limit) {
  // `|| 0` turns -0 into 0.
  const axes = AXES.map((name) => [name, Math.round(state.axes[name] * limit * 1000) / 1000 || 0]);
  return { ...state, axes: Object.fromEntries(axes) };
}

/** Whether a receiver could tell the two apart. */
export function sameState(one, other) {
  return one.armed === other.armed && one.connected === other.connected && one.device === other.device
    && AXES.every((name) => one.axes[name] === other.axes[name])
    && BUTTONS.every((name) => one.buttons[name] === other.buttons[name]);
}

/** The body of one message: `n` counts them, `t_us` is this sender's own monotonic clock. */
export function encode(state, n, t_us) {
  const { axes, buttons, device, connected, armed } = state;
  return JSON.stringify({ axes, buttons, device, connected, armed, n, t_us });
}

/** The pad state in a message's text, or null if it is something else. */
export function decode(text) {
  if (typeof text !== 'string' || !text.startsWith('{')) return null;
  try {
    const state = JSON.parse(text);
    const isPad = typeof state.armed === 'boolean' && typeof state.axes === 'object' && state.axes !== null;
    return isPad ? state : null;
  } catch {
    return null;
  }
}
