/** Keeps the screen on while the pad is open. Browsers allow it in secure contexts only; elsewhere it sleeps as ever. */
export class Awake {
  constructor() {
    this.isOpen = true;
    this.again = () => this.#ask();
    document.addEventListener('visibilitychange', this.again);
    this.#ask();
  }

  close() {
    this.isOpen = false;
    document.removeEventListener('visibilitychange', this.again);
    this.lock?.release();
  }

  /** A lock ends with the tab being hidden, and is asked for anew. */
  async #ask() {
    if (document.hidden || !navigator.wakeLock) return;
    try {
      this.lock = await navigator.wakeLock.request('screen');
      if (!this.isOpen) this.lock.release();
    } catch {
      // A low battery, or a person's own setting: the screen sleeps.
    }
  }
}
