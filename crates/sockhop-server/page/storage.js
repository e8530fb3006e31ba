/** What the browser keeps for us: nothing may depend on it, since it may be forbidden, full or wiped. */
class Store {
  #name;

  constructor(name) {
    this.#name = name;
  }

  /** @returns {any} what was kept, or null */
  get(key) {
    return this.#try((storage) => JSON.parse(storage.getItem(`sockhop.${key}`)));
  }

  set(key, value) {
    this.#try((storage) => storage.setItem(`sockhop.${key}`, JSON.stringify(value)));
  }

  remove(key) {
    this.#try((storage) => storage.removeItem(`sockhop.${key}`));
  }

  #try(use) {
    try {
      return use(window[this.#name]) ?? null;
    } catch {
      return null;
    }
  }
}

/** Kept for this browser. */
export const lasting = new Store('localStorage');
/** Kept for this tab, over reloads. */
export const tab = new Store('sessionStorage');
