/** Waiting for what must come, with a deadline that only a failure ever reaches. */

export const PATIENCE_MS = 30_000;

/** Fails if `promise` is not settled in time. */
export async function inTime(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not come: ${what}`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks again and again until the answer is truthy, and returns it. */
export async function until(ask, what) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`it did not become so: ${what}`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

/** Lines that somebody else brings, to be waited for one by one. */
export class Lines {
  #lines = [];
  #waiting = null;
  #end = null;

  push(line) {
    this.#lines.push(line);
    this.#waiting?.();
  }

  end(why) {
    this.#end = why;
    this.#waiting?.();
  }

  /** The first line `wanted` accepts; those before it are passed over. */
  async next(wanted, what = String(wanted)) {
    const passed = [];
    const find = async () => {
      for (;;) {
        while (this.#lines.length > 0) {
          const line = this.#lines.shift();
          if (wanted(line)) return line;
          passed.push(line);
        }
        if (this.#end) throw new Error(`it ended (${this.#end}) before ${what}; came: ${show(passed)}`);
        await new Promise((wake) => { this.#waiting = wake; });
      }
    };
    return inTime(find(), what).catch((error) => {
      throw new Error(`${error.message}; came: ${show(passed)}`);
    });
  }
}

function show(lines) {
  return JSON.stringify(lines, (_, value) => (typeof value === 'bigint' ? Number(value) : value)).slice(0, 2000);
}
