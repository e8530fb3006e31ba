/**
 * What we said and have not seen in the log yet, room by room: on its way, or refused and waiting to be
 * said again. It outlives the view of a room.
 */

import { sentence } from './names.js';
import { toast } from './toast.js';

export class Outbox {
  #hub;
  #said = new Map();
  #listeners = new Set();

  constructor(hub) {
    this.#hub = hub;
    addEventListener('beforeunload', (event) => this.#isWaiting && event.preventDefault());
  }

  /** Those of a room, oldest first: `{text, type, problem}`; `problem` is null while it is on its way. */
  of(room) {
    return this.#said.get(room) ?? [];
  }

  /** @returns {() => void} stops listening */
  onChange(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  say(room, text, type) {
    const said = { room, text, type, problem: null };
    this.#said.set(room, [...this.of(room), said]);
    this.#send(said);
  }

  retry(said) {
    said.problem = null;
    this.#send(said);
  }

  discard(said) {
    this.#said.set(said.room, this.of(said.room).filter((other) => other !== said));
    this.#changed(said.room);
  }

  /** A message of ours has come: it is in the log now. */
  observe({ room, text, type }) {
    const said = this.of(room).find((other) => other.text === text && other.type === type && !other.problem);
    if (said) this.discard(said);
  }

  get #isWaiting() {
    return [...this.#said.values()].flat().some((said) => !said.problem);
  }

  async #send(said) {
    this.#changed(said.room);
    try {
      const { room, text, type } = said;
      const { seq } = await this.#hub.request({ op: 'publish', room, text, type });
      // The message itself takes its place as soon as it comes; that it came already is not unusual.
      if (this.#hub.head(room) >= seq) this.discard(said);
    } catch (refusal) {
      said.problem = refusal;
      this.#changed(said.room);
      // It was seen in the log all the same, but is not on disk.
      if (!this.of(said.room).includes(said)) toast(sentence(refusal));
    }
  }

  #changed(room) {
    for (const listener of this.#listeners) listener(room);
  }
}
