/**
 * What the browser keeps for us: nothing may depend on it, since it may be forbidden, full or wiped, and
 * written by another version or by hand.
 */
class Store {
  #name;

  constructor(name) {
    this.#name = name;
  }

  /** @param {(kept: any) => boolean} isGood whether it is what we would have kept @returns {any} what was kept, or null */
  get(key, isGood) {
    return this.#try((storage) => {
      const kept = JSON.parse(storage.getItem(`sockhop.${key}`));
      return kept !== null && isGood(kept) ? kept : null;
    });
  }

  set(key, value) {
    this.#try((storage) => storage.setItem(`sockhop.${key}`, JSON.stringify(value)));
  }

  remove(key) {
    this.#try((storage) => storage.removeItem(`sockhop.${key}`));
  }

  #try(use) {
    try {
      return use(window[this.#name]);
    } catch {
      return null;
    }
  }
}

export const isText = (kept) => typeof kept === 'string';

/** Kept for this browser. */
export const lasting = new Store('localStorage');
/** Kept for this tab, over reloads. */
export const tab = new Store('sessionStorage');
