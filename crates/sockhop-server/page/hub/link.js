/**
 * The WebSocket under a session. Opens it again after a loss, sooner when there is reason to hope,
 * and finds out by itself that it is dead: a browser tells a page nothing of WebSocket pings.
 *
 *   connecting --open--> opened --close, error, silence--> lost --backoff--> connecting
 */

const BACKOFF_FIRST_MS = 250;
const BACKOFF_MAX_MS = 5000;
const CONNECT_MS = 8000;
const BEAT_MS = 1000;
const QUIET_MS = 10_000;
const PONG_MS = 6000;
/** Who speaks wants to know sooner that nobody hears. */
const SPEAKING_MS = 2500;

export class Link {
  #url;
  #on;
  #socket = null;
  #backoffMs = BACKOFF_FIRST_MS;
  #timer = 0;
  #heardAt = 0;
  #pingedAt = 0;

  /** @param {string} url @param {{connecting, opened, event, lost}} on what to tell, and whom */
  constructor(url, on) {
    this.#url = url;
    this.#on = on;
    this.roundTripMs = null;
    setInterval(() => this.#beat(), BEAT_MS);
    addEventListener('online', () => this.#hope());
    addEventListener('pageshow', () => this.#hope());
    document.addEventListener('visibilitychange', () => document.hidden || this.#hope());
  }

  get bufferedAmount() {
    return this.#socket?.bufferedAmount ?? 0;
  }

  /** Connects now, whatever was before. */
  open() {
    this.stop();
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#heardAt = performance.now();
    this.#pingedAt = 0;
    const current = (listener) => (event) => this.#socket === socket && listener(event);
    socket.addEventListener('open', current(() => this.#on.opened()));
    socket.addEventListener('message', current(({ data }) => this.#hear(data)));
    socket.addEventListener('close', current(() => this.#lose()));
    this.#timer = setTimeout(() => this.#lose(), CONNECT_MS);
    this.#on.connecting();
  }

  /** Leaves, and does not come back until told to. */
  stop() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  /** The hub has said welcome: the next loss is a new one. */
  settle() {
    clearTimeout(this.#timer);
    this.#backoffMs = BACKOFF_FIRST_MS;
  }

  send(command) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(command));
    if (command.op === 'publish' && performance.now() - this.#pingedAt > SPEAKING_MS) this.#ping();
    return true;
  }

  #hear(data) {
    this.#heardAt = performance.now();
    const event = parse(data);
    if (!event) return;
    if (event.ev === 'pong' && event.id === 'beat') {
      this.roundTripMs = this.#heardAt - this.#pingedAt;
    } else {
      this.#on.event(event);
    }
  }

  #lose() {
    this.stop();
    this.roundTripMs = null;
    // Many pages lose a hub at once and shall not all come back at once.
    const wait = this.#backoffMs * (0.5 + Math.random() / 2);
    this.#backoffMs = Math.min(this.#backoffMs * 2, BACKOFF_MAX_MS);
    this.#timer = setTimeout(() => this.open(), wait);
    this.#on.lost(Date.now() + wait);
  }

  #beat() {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    const now = performance.now();
    if (this.#pingedAt > this.#heardAt && now - this.#pingedAt > PONG_MS) this.#lose();
    else if (now - this.#pingedAt > QUIET_MS) this.#ping();
  }

  #ping() {
    // One that is awaited goes on being awaited.
    if (this.#pingedAt > this.#heardAt) return;
    this.#pingedAt = performance.now();
    this.send({ op: 'ping', id: 'beat' });
  }

  /** The network may be back, or somebody looks at the page again. */
  #hope() {
    if (this.#socket?.readyState === WebSocket.OPEN) {
      this.#ping();
    } else if (!this.#socket && this.#timer) {
      this.#backoffMs = BACKOFF_FIRST_MS;
      this.open();
    }
  }
}

function parse(data) {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}
