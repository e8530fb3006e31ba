/**
 * What the hub answers by id. A publish is said until it is answered, always under the same number,
 * by which the hub knows it again.
 *
 *   add --> unsent --transmit--> on its way --ack, pong, error--> settled
 *             ^                      |
 *             +--connection lost, or told to slow down
 */

import { formatCount } from '../dom.js';

const SLOW_DOWN_MS = 150;
/** The hub takes no more in one message, with what is around its text. */
const BYTES_MAX = 1 << 20;

export class Requests {
  #identity;
  #write;
  #pending = new Map();
  #isOpen = false;
  #pause = 0;
  /** Told to slow down once, only one is on its way at a time: a refused one is not overtaken by the next. */
  #oneByOne = false;

  constructor(identity, write) {
    this.#identity = identity;
    this.#write = write;
  }

  add(command) {
    // With room for its id.
    const bytes = new TextEncoder().encode(JSON.stringify(command)).length + 32;
    if (bytes > BYTES_MAX) return Promise.reject(tooLarge(bytes));
    return new Promise((resolve, reject) => {
      const id = this.#identity.nextId();
      this.#pending.set(id, { command: { ...command, id }, bytes, resolve, reject, isSent: false });
      this.#transmit();
    });
  }

  /** Takes an answer; false if it is none. */
  handle(event) {
    if (event.ev !== 'ack' && event.ev !== 'pong') return false;
    return this.#settle(event.id, (request) => request.resolve(event));
  }

  handleError(event) {
    const request = this.#pending.get(event.id);
    if (request && event.code === 'too_fast') {
      this.#slowDown(request);
      return true;
    }
    // The hub does not say which one was too large, and hangs up: the largest is to blame.
    const id = event.id === undefined && event.code === 'too_large' ? this.#largest() : event.id;
    return this.#settle(id, (blamed) => blamed.reject(event));
  }

  /** There is a connection: what is not settled is said again. */
  resume() {
    this.#isOpen = true;
    this.#transmit();
  }

  /** The connection is gone. */
  lose() {
    this.#isOpen = false;
    this.#oneByOne = false;
    clearTimeout(this.#pause);
    this.#pause = 0;
    for (const [id, request] of this.#pending) {
      if (request.isSent && request.command.op !== 'publish') {
        // The hub remembers only what it keeps: said again, this could arrive twice.
        this.#settle(id, () => request.reject(UNANSWERED));
      }
      request.isSent = false;
    }
  }

  #transmit() {
    if (!this.#isOpen || this.#pause) return;
    for (const request of this.#pending.values()) {
      if (request.isSent) {
        if (this.#oneByOne) return;
        continue;
      }
      if (!this.#write(request.command)) return;
      request.isSent = true;
    }
  }

  #slowDown(request) {
    request.isSent = false;
    this.#oneByOne = true;
    if (this.#pause) return;
    this.#pause = setTimeout(() => {
      this.#pause = 0;
      this.#transmit();
    }, SLOW_DOWN_MS);
  }

  #settle(id, how) {
    const request = this.#pending.get(id);
    if (!request) return false;
    this.#pending.delete(id);
    how(request);
    if (this.#oneByOne) this.#transmit();
    return true;
  }

  #largest() {
    const sent = [...this.#pending].filter(([, request]) => request.isSent);
    return sent.sort(([, one], [, other]) => other.bytes - one.bytes)[0]?.[0];
  }
}

const UNANSWERED = {
  code: 'unanswered',
  message: 'the connection was lost before the hub answered: it may have arrived, or not',
  hint: 'ask before you say it again',
};

function tooLarge(bytes) {
  return {
    code: 'too_large',
    message: `this has ${formatCount(bytes)} bytes, and the hub takes ${formatCount(BYTES_MAX)} in one message`,
    hint: 'say it in parts',
  };
}
