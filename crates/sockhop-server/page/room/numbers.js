/** Whether a room talks in numbers, so that its plot is worth pointing at. Pure. */

const LOOKED_AT = 20;
const BARE = /^\s*([\w.]+\s*[:=]\s*)?[-+]?\d+(\.\d+)?([eE][-+]?\d+)?([\s,;]+([\w.]+\s*[:=]\s*)?[-+]?\d+(\.\d+)?([eE][-+]?\d+)?)*\s*$/;
const IN_JSON = /^\s*[[{][^]*[:[,]\s*-?\d/;
const TEXT_CHARS_MAX = 4000;

/** Watches the last messages of a room. */
export class Numbers {
  #recent = [];

  /** @param {{text?: string}} message @returns {boolean} whether most of the last ones hold numbers */
  see({ text }) {
    this.#recent.push(text !== undefined && text.length < TEXT_CHARS_MAX && (BARE.test(text) || IN_JSON.test(text)));
    if (this.#recent.length > LOOKED_AT) this.#recent.shift();
    const count = this.#recent.filter(Boolean).length;
    return count >= 3 && count > this.#recent.length / 2;
  }
}
