/**
 * Asks the hub how it is, once a second while somebody looks.
 *
 *   asking ──answer──▶ resting (1 s) ──▶ asking     hidden: asleep, until it is seen again
 */

const EVERY_MS = 1000;
const ANSWER_MS = 5000;
const PATHS = ['/-/health', '/-/connections', '/-/rooms'];
const SILENT = 'The hub does not answer.';
const SECRET = 'The hub wants its secret first.';

export class Poll {
  /** `told({health, connections, rooms})` at every answer, `lost(why)` where there is none. */
  constructor(hub, { told, lost }) {
    this.hub = hub;
    this.told = told;
    this.lost = lost;
    this.isAsking = false;
    this.isOpen = true;
    this.seen = () => this.#begin();
    document.addEventListener('visibilitychange', this.seen);
    this.off = hub.on('state', this.seen);
    this.#begin();
  }

  close() {
    this.isOpen = false;
    clearTimeout(this.timer);
    document.removeEventListener('visibilitychange', this.seen);
    this.off();
  }

  async #begin() {
    clearTimeout(this.timer);
    if (!this.isOpen || this.isAsking || document.hidden) return;
    this.isAsking = true;
    const began_ms = performance.now();
    await this.#round();
    this.isAsking = false;
    const rest_ms = EVERY_MS - (performance.now() - began_ms);
    if (this.isOpen) this.timer = setTimeout(() => this.#begin(), Math.max(rest_ms, EVERY_MS / 4));
  }

  async #round() {
    const { state } = this.hub;
    // The session knows already: a request would only fail.
    if (state === 'connecting') return;
    if (state === 'waiting') return this.lost(SILENT);
    if (state === 'refused') return this.lost(SECRET);
    try {
      const [health, connections, rooms] = await Promise.all(PATHS.map((path) => this.#ask(path)));
      if (this.isOpen) this.told({ health, connections, rooms });
    } catch (error) {
      if (this.isOpen) this.lost(error.message);
    }
  }

  async #ask(path) {
    const response = await Promise.race([this.hub.fetch(path).catch(fail), silence()]);
    if (response.status === 401 || response.status === 403) throw new Error(SECRET);
    if (!response.ok) throw new Error(`The hub answered ${response.status} to ${path}.`);
    return response.json();
  }
}

function fail() {
  throw new Error(SILENT);
}

/** A request that nobody answers is given up. */
function silence() {
  return new Promise((_, reject) => setTimeout(() => reject(new Error(SILENT)), ANSWER_MS));
}
