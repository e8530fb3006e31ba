/**
 * What the hub answers without an id: subscribe, history, members, rooms, nick. They are asked one
 * at a time, so that an `error` without an id belongs to the one that waits.
 */

const ANSWER_MS = 30_000;
/** Errors that come of what was said meanwhile and asked for no ack, not of the question. */
const ASIDE = new Set(['too_fast', 'too_large', 'not_stored', 'slow_consumer', 'shutting_down', 'bad_message']);

export class Questions {
  #write;
  #waiting = [];
  #current = null;
  #timer = 0;
  #isOpen = false;
  #fence = 0;

  constructor(write) {
    this.#write = write;
  }

  /**
   * Asks, now or when there is a connection again.
   * @param {object} question
   *   `command()` makes the command when its turn has come, or null if it is no longer wanted;
   *   `answer(event, fence)` what an event says to it, or false; `part(event)` takes events that belong to the answer;
   *   `take(answer)` is called with the answer before any later event is handled;
   *   `fence` asks for a pong behind it; `first` puts it before the others.
   */
  ask(question) {
    return new Promise((resolve, reject) => {
      const asked = { ...question, resolve, reject };
      if (question.first) this.#waiting.unshift(asked);
      else this.#waiting.push(asked);
      this.#next();
    });
  }

  /** Takes an event that belongs to an answer; false if it does not. */
  handle(event) {
    const question = this.#current;
    if (!question) return false;
    const answer = question.answer(event, question.fenceId);
    if (!answer) return Boolean(question.part?.(event));
    question.take?.(answer);
    this.#done(() => question.resolve(answer));
    return true;
  }

  handleError(event) {
    if (!this.#current || event.id !== undefined || ASIDE.has(event.code)) return false;
    const question = this.#current;
    this.#done(() => question.reject(event));
    return true;
  }

  resume() {
    this.#isOpen = true;
    this.#next();
  }

  /** The connection is gone: the question that waited is asked again, from its beginning. */
  lose() {
    this.#isOpen = false;
    clearTimeout(this.#timer);
    if (this.#current) this.#waiting.unshift(this.#current);
    this.#current = null;
  }

  #next() {
    while (this.#isOpen && !this.#current && this.#waiting.length > 0) this.#say(this.#waiting.shift());
  }

  #say(question) {
    const command = question.command();
    if (!command) return question.resolve(null);
    this.#current = question;
    this.#write(command);
    if (question.fence) {
      this.#fence += 1;
      question.fenceId = `fence-${this.#fence}`;
      this.#write({ op: 'ping', id: question.fenceId });
    }
    this.#timer = setTimeout(() => this.#done(() => question.reject(SILENT)), ANSWER_MS);
    return undefined;
  }

  #done(settle) {
    clearTimeout(this.#timer);
    this.#current = null;
    settle();
    this.#next();
  }
}

const SILENT = { code: 'timed_out', message: 'the hub did not answer', hint: 'try again' };
