/**
 * A real Chromium, and what no page may do in it whatever the story is: write an error to its
 * console, throw, open a dialogue, or ask anybody but the hub for anything.
 */

import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

import { inTime, PATIENCE_MS, until } from './patience.mjs';

export const port = Number(process.argv[3]);
export const host = `127.0.0.1:${port}`;

const SCREENSHOTS = fileURLToPath(new URL('../../target/screenshots/', import.meta.url));
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--no-proxy-server',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
  // Timers and frames go on in pages that another one covers.
  '--disable-background-timer-throttling', '--disable-renderer-backgrounding', '--disable-backgrounding-occluded-windows',
  // Nobody else can even be found.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];
/** Whoever waits for the end hears so often that it is not there yet, and so many times at most. */
const TELLING_MS = 5000;
const TELLINGS_MAX = 60;
const DESKTOP = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

const input = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Tells the hub's keeper what is to be done, and waits until it is. */
export async function ask(what) {
  console.log(what);
  await inTime(input.next(), what);
}

/** Tells the story this program was started for: `node FILE.mjs STORY PORT`. */
export async function tell(stories) {
  const name = process.argv[2];
  let tellings = 0;
  setInterval(() => {
    tellings += 1;
    if (tellings > TELLINGS_MAX) throw new Error('it goes on for ever');
    console.log('still telling');
  }, TELLING_MS);
  const browser = await Browser.open();
  try {
    await stories[name](browser);
    browser.check();
    console.log('told to its end');
  } catch (error) {
    // Where whoever waits for a line of output sees it.
    console.log('failed');
    console.log(error.stack);
    console.log(browser.faults.join('\n'));
    await browser.keep(`failed-${name}`);
    process.exitCode = 1;
  } finally {
    await browser.close();
  }
  process.exit();
}

export class Browser {
  #browser;
  #allowed = [];
  #pages = [];
  faults = [];

  static async open() {
    const browser = new Browser();
    browser.#browser = await chromium.launch({ executablePath: executable(), args: FLAGS });
    return browser;
  }

  /**
   * A page of the hub, in a browser profile of its own unless `beside` names a page to share one with.
   * @param {string} address what stands behind the host
   * @param {{phone?: boolean, dark?: boolean, nick?: string, beside?: object, script?: Function, at?: string}} options
   */
  async page(address = '/', { phone = false, dark = false, nick, beside, script, at = host } = {}) {
    const context = beside?.context() ?? await this.#context({ phone, dark, nick });
    const page = await context.newPage();
    this.#pages.push(page);
    this.#watch(page, at);
    if (script) await page.addInitScript(script);
    await page.goto(`http://${at}${address}`);
    return page;
  }

  /** From here on a page may write this to its console. */
  allow(pattern) {
    this.#allowed.push(pattern);
  }

  /** Fails if any page did what none may do. */
  check() {
    const faults = this.faults.filter((fault) => !this.#allowed.some((pattern) => pattern.test(fault)));
    if (faults.length > 0) throw new Error(`pages did what they may not:\n${faults.join('\n')}`);
  }

  /** Keeps a picture of every page that is open. */
  async keep(name) {
    for (const [at, page] of this.#pages.entries()) {
      if (!page.isClosed()) await shot(page, `${name}-${at + 1}`).catch(() => {});
    }
  }

  async close() {
    await this.#browser.close();
  }

  async #context({ phone, dark, nick }) {
    const context = await this.#browser.newContext({ ...(phone ? PHONE : DESKTOP), colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce' });
    context.setDefaultTimeout(PATIENCE_MS);
    if (nick) {
      await context.addInitScript((chosen) => {
        localStorage.getItem('sockhop.nick') ?? localStorage.setItem('sockhop.nick', JSON.stringify(chosen));
      }, nick);
    }
    return context;
  }

  #watch(page, at) {
    const fault = (text) => this.faults.push(text);
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) fault(`console: ${message.text()} (${message.location().url})`);
    });
    page.on('pageerror', (error) => fault(`thrown: ${error.stack ?? error}`));
    page.on('dialog', (dialog) => {
      fault(`dialogue: ${dialog.message()}`);
      dialog.dismiss();
    });
    const judge = (url) => {
      const { protocol, host: asked } = new URL(url);
      const isOwn = ['http:', 'ws:'].includes(protocol) && asked === at;
      if (!isOwn && !['data:', 'blob:'].includes(protocol)) fault(`outside: ${url}`);
    };
    page.on('request', (request) => judge(request.url()));
    page.on('websocket', (socket) => judge(socket.url()));
    page.on('popup', (popup) => fault(`popup: ${popup.url()}`));
  }
}

/** Chromium, by any name Debian and others give it. */
function executable() {
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
  const found = process.env.PATH.split(path.delimiter).flatMap((folder) => names.map((name) => path.join(folder, name)))
    .filter((file) => fs.existsSync(file));
  if (found.length === 0) throw new Error('no chromium in PATH; scripts/test installs it');
  return found[0];
}

/** Keeps a picture of a page, to be looked at. */
export async function shot(page, name) {
  await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });
}

/** Waits until the page has its session. */
export async function connected(page) {
  await page.locator('[data-state="open"]').first().waitFor({ state: 'attached' });
  return page;
}

/** Lets the page draw for a while: so many frames. */
export const frames = (page, count) => page.evaluate((left) => new Promise((done) => {
  const next = () => (left -= 1) < 0 ? done() : requestAnimationFrame(next);
  next();
}), count);

/** The texts of the messages of the room, as they stand there, each with its seq. */
export function said(page) {
  return page.locator('[data-view="room"] .entries article[data-seq]').evaluateAll((articles) =>
    articles.map((article) => ({ seq: Number(article.dataset.seq), from: article.dataset.from, text: article.querySelector('.said, .json')?.textContent })));
}

/** Waits until a message with this text stands there. */
export async function shows(page, text) {
  await page.locator('.entries article', { hasText: text }).first().waitFor();
}

/** Types a line and sends it. */
export async function say(page, text) {
  const field = page.locator('textarea[name="say"]:visible').first();
  await field.fill(text);
  await field.press('Enter');
}

export { until };
