/**
 * Who holds the pad: one hand at a time drives, and a hold that was cut short stays cut until it is
 * let go. Pure.
 *
 *   released ──(a fresh hold)──▶ driving ──(let go, or cut)──▶ released
 *
 * The hands are `touch`, `keyboard` and `gamepad`. Each look at them is a set of *readings*, one a
 * hand: `{ held, axes, buttons, device, connected }`. What would surprise a robot is refused here: a
 * hand that has been held all along never takes over, neither when the hand before it lets go, nor
 * when the tab comes back, nor when the link does.
 */

import { neutral } from './stick.js';

export class Hold {
  constructor() {
    this.driver = null;
    this.rest = neutral();
    this.spent = new Set();
    this.plugged = false;
  }

  /** The pad's state, given `{ touch, keyboard, gamepad }`. */
  read(readings) {
    const held = Object.keys(readings).filter((hand) => readings[hand].held);
    for (const hand of this.spent) if (!held.includes(hand)) this.spent.delete(hand);
    this.#watchPlug(readings.gamepad);
    if (this.driver === null) {
      this.driver = held.find((hand) => !this.spent.has(hand)) ?? null;
    } else if (!held.includes(this.driver) || this.spent.has(this.driver)) {
      this.rest = neutral(readings[this.driver]);
      this.driver = null;
    }
    for (const hand of held) if (hand !== this.driver) this.spent.add(hand);
    if (this.driver === null) return this.rest;
    const { axes, buttons, device } = readings[this.driver];
    return { axes, buttons, device, connected: true, armed: true };
  }

  /** Ends every hold in `readings`: each hand must let go before it can drive again. */
  cut(readings) {
    for (const hand of Object.keys(readings)) if (readings[hand].held) this.spent.add(hand);
  }

  /**
   * A gamepad that comes or goes while nobody drives is the pad there is, or that is gone. One that
   * comes with its enable button down has a button that sticks, for all that is known.
   */
  #watchPlug(gamepad) {
    if (gamepad.connected === this.plugged) return;
    this.plugged = gamepad.connected;
    if (this.driver === null) this.rest = neutral(gamepad);
    if (gamepad.held) this.spent.add('gamepad');
  }
}
