/** What the page must not do, and must do for everyone: node limits.mjs STORY PORT */

import assert from 'node:assert/strict';

import { connected, host, port, said, say, shot, shows, tell, until } from './browser.mjs';
import { Wire } from './wire.mjs';

/** The secret of the hub that has one: neither a header nor an address takes it as it is. */
const SECRET = 'größe 100%';

const texts = async (page) => (await said(page)).map((message) => message.text);

await tell({
  /** Whatever is said, the page shows it and does not obey it. */
  async markup(browser) {
    const nasty = '<img src=x onerror=alert(1)><script>alert(2)</script><b>bold</b>&lt;';
    const room = '<img src=x onerror=alert(3)>';
    const nick = '<i>nick<b>';
    const wire = await Wire.join(port, nick, room);
    const page = await connected(await browser.page(`/${encodeURIComponent(room)}`));
    wire.say(room, nasty);
    wire.say(room, nasty, { type: '"><script>alert(4)</script>' });
    wire.say(room, JSON.stringify({ [nasty]: nasty, deep: { [nasty]: [nasty] } }));
    wire.say(room, JSON.stringify({ long: nasty.repeat(10), [nasty]: [{ [nasty]: nasty }] }));
    wire.say(room, JSON.stringify({ '\u202eyek': '\u202eeulav', long: 'x'.repeat(200) }));
    wire.send({ op: 'publish', room, data: 'PGI+', type: 'text/html<script>alert(5)</script>' });
    wire.say(room, 'javascript:alert(6) http://example.org/<script>alert(7)</script> data:text/html,<script>alert(8)</script>');
    wire.say(room, '\u001b[2J\u202egnp.exe \u0007');
    wire.say(room, `http://example.org/${')'.repeat(30_000)}`);
    wire.say(room, 'waves<script>', { type: 'text/vnd.sockhop.action' });
    wire.say(room, 'the last of them');
    await shows(page, 'the last of them');
    await page.getByRole('button', { name: /^Show all/ }).click();
    await page.locator('.entries article', { hasText: ')'.repeat(30_000) }).waitFor();
    // A room whose address would be another one's is not offered.
    await wire.publish('up/..', 'unreachable');
    await wire.publish('within/reach', 'reachable');
    await page.locator('[data-room="within/reach"]').waitFor();
    assert.equal(await page.locator('[data-room="up/.."]').count(), 0);
    assert.ok((await texts(page)).includes(nasty), 'it reads as it was written');
    wire.send({ op: 'direct', to: await page.locator('button.me').textContent(), text: nasty });
    await page.locator('[data-direct]').click();
    await page.locator('[data-view="direct"] article', { hasText: '<script>' }).waitFor();
    await page.goto(`http://${host}/${encodeURIComponent(room)}?plot`);
    await page.goto(`http://${host}/-/`);
    await page.locator('[data-view="glance"] tbody tr', { hasText: '<i>nick' }).first().waitFor();
    await page.goto(`http://${host}/${encodeURIComponent(room)}`);
    await shows(page, 'the last of them');
    const strange = await page.evaluate(() => ({
      turned: document.body.textContent.includes('\u202e'),
      elements: [...document.querySelectorAll('main :is(script, iframe, object, embed, style), main [onerror], main img[src="x"], main b b, main i i')].length,
      links: [...document.querySelectorAll('a[href]')].map((link) => link.protocol).filter((protocol) => protocol !== 'http:'),
      // A link elsewhere is opened beside the page, and is not told where from.
      careless: [...document.querySelectorAll('a[href]')].filter((link) => link.host !== location.host && !link.rel.includes('noreferrer')).length,
    }));
    assert.deepEqual(strange, { turned: false, elements: 0, links: [], careless: 0 });
  },

  /** A hub with a secret asks for it, once. */
  async secret(browser) {
    const page = await browser.page('/');
    const field = page.locator('form[name="secret"] input[name="secret"]');
    await field.waitFor();
    await shot(page, 'secret-desktop-light');
    await field.fill('guess');
    await field.press('Enter');
    await page.locator('form[name="secret"] [role="alert"]').waitFor();
    await field.fill(SECRET);
    await field.press('Enter');
    await connected(page);
    await say(page, 'let in');
    await shows(page, 'let in');
    await page.goto(`http://${host}/-/`);
    await page.locator('[data-view="glance"] tbody tr').first().waitFor();
    await page.reload();
    await connected(page);
    await until(async () => (await field.count()) === 0, 'it is not asked twice');
    // The link that the hub prints brings it, and does not leave it in the address bar.
    const linked = await connected(await browser.page(`/lobby#secret=${encodeURIComponent(SECRET)}`, { phone: true }));
    await shows(linked, 'let in');
    assert.ok(!linked.url().includes('#'), linked.url());
    // One that is wrong shuts nobody out who has been let in before.
    await page.goto(`http://${host}/lobby#secret=wrong`);
    await connected(page);
    await shows(page, 'let in');
    await page.reload();
    await connected(page);
    assert.equal(await field.count(), 0);
    // Also one that no page could have encoded, and one that is put into the bar of a page that is open.
    const broken = await browser.page('/lobby#secret=100%');
    await broken.locator('form[name="secret"] [role="alert"]').waitFor();
    assert.ok(!broken.url().includes('#'), broken.url());
    await broken.evaluate((secret) => { location.hash = `#secret=${encodeURIComponent(secret)}`; }, SECRET);
    await connected(broken);
    await shows(broken, 'let in');
    assert.equal(await broken.locator('form[name="secret"]').count(), 0);
    assert.ok(!broken.url().includes('#'), broken.url());
  },

  /** Whatever stands in the browser's storage, and who wrote it: the page opens, and what it keeps there is its own again. */
  async memory(browser) {
    const wire = await Wire.join(port, 'wire', 'lobby');
    const page = await connected(await browser.page('/', { nick: 'ann' }));
    const junk = ['5', '{}', '{"a":1}', '["a",3,null]', '"x y"', '""', '{"token":3}', '{"token":"","lastId":0,"at":9e15}', 'null', 'true', '[]', '{{'];
    const keys = ['rooms', 'nick', 'session', 'secret', 'theme', 'members', 'pad.limit', 'pad.enable', 'plot.lobby'];
    for (const text of junk) {
      // Before the page reads it, and after the page before it has put away its own.
      await page.addInitScript(([names, kept]) => {
        for (const storage of [localStorage, sessionStorage]) for (const name of names) storage.setItem(`sockhop.${name}`, kept);
      }, [keys, text]);
      for (const address of ['/?pad', '/?plot']) {
        await page.goto(`http://${host}${address}`);
        await connected(page);
        await page.locator(`[data-view="${address.slice(2)}"]`).waitFor();
      }
      await say(page, `after ${text}`);
      await wire.heard(`after ${text}`);
      await shows(page, `after ${text}`);
      assert.match(await page.locator('html').getAttribute('data-theme'), /^(light|dark)$/);
    }
  },

  /** All the page is made of comes from the hub, and is little. */
  async weight(browser) {
    const page = await browser.page('/lobby');
    const client = await page.context().newCDPSession(page);
    await client.send('Network.enable');
    await client.send('Network.setCacheDisabled', { cacheDisabled: true });
    let bytes = 0;
    client.on('Network.loadingFinished', ({ encodedDataLength }) => { bytes += encodedDataLength; });
    await page.reload({ waitUntil: 'networkidle' });
    await connected(page);
    const opened = bytes;
    // All at once, not one module after the other that asks for it.
    const late = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name)
      .filter((name) => name.endsWith('.js') && !document.querySelector(`[href="${new URL(name).pathname}"], [src="${new URL(name).pathname}"]`)));
    assert.deepEqual(late, [], 'index.html names every module');
    for (const address of ['/lobby?plot', '/lobby?pad', '/-/']) {
      await page.evaluate((to) => {
        history.pushState(null, '', to);
        dispatchEvent(new PopStateEvent('popstate'));
      }, address);
      await page.locator(`[data-view="${/pad|plot/.exec(address)?.[0] ?? 'glance'}"]`).first().waitFor();
      await page.waitForLoadState('networkidle');
    }
    console.log(`the page opens with ${opened} bytes, all of it is ${bytes}`);
    assert.ok(opened > 10_000 && bytes < 200 * 1024, `${opened} bytes, ${bytes} in all`);
  },

  /** A page of another origin gets nothing out of the hub and says nothing in it. */
  async foreign(browser) {
    browser.allow(/outside: |blocked by CORS policy|status of 403|WebSocket connection to .* failed|ERR_FAILED|ERR_BLOCKED_BY_RESPONSE/);
    const { createServer } = await import('node:http');
    const evil = createServer((_, answer) => answer.setHeader('content-type', 'text/html').end('<!doctype html><link rel="icon" href="data:,">'));
    await new Promise((resolve) => { evil.listen(0, '127.0.0.1', resolve); });
    const page = await browser.page('/', { at: `127.0.0.1:${evil.address().port}` });
    const got = await page.evaluate(async (hub) => {
      const outcome = (promise) => promise.then(() => 'got in', () => 'refused');
      const socket = new Promise((resolve, reject) => {
        const opened = new WebSocket(`ws://${hub}/-/ws`);
        opened.onopen = resolve;
        opened.onerror = reject;
      });
      return Promise.all([
        outcome(fetch(`http://${hub}/lobby`)),
        outcome(fetch(`http://${hub}/lobby`, { method: 'POST', body: 'forged' })),
        outcome(fetch(`http://${hub}/lobby`, { method: 'POST', body: 'forged', mode: 'no-cors' }).then((answer) => answer.ok || Promise.reject())),
        outcome(fetch(`http://${hub}/-/rooms`)),
        outcome(socket),
      ]);
    }, host);
    assert.deepEqual(got, Array(5).fill('refused'));
    const wire = await Wire.join(port, 'wire', 'lobby');
    wire.send({ op: 'history', room: 'lobby' });
    assert.equal((await wire.event('history')).head, 0, 'nothing was forged');
    evil.close();
  },

  /** With the keyboard alone, and for those who hear a page: everything has a name. */
  async access(browser) {
    const wire = await Wire.join(port, 'wire', 'lobby');
    const page = await connected(await browser.page('/', { nick: 'ann' }));
    await page.keyboard.type('typed at once');
    await page.keyboard.press('Enter');
    await wire.heard('typed at once');
    await page.keyboard.press('Control+k');
    await page.keyboard.type('by/keyboard');
    await page.keyboard.press('Enter');
    await until(() => new URL(page.url()).pathname === '/by/keyboard', 'gone there by keyboard');
    for (const address of ['/', '/lobby?plot', '/lobby?pad', '/-/']) {
      await page.goto(`http://${host}${address}`);
      await page.locator(`[data-view="${address === '/-/' ? 'glance' : 'room'}"]`).waitFor();
      const tree = await page.locator('body').ariaSnapshot();
      const nameless = tree.split('\n').filter((line) => /- (button|link|textbox|searchbox|combobox|slider|checkbox|radio|img)( \[[^\]]*\])*:?$/.test(line));
      assert.deepEqual(nameless, [], tree);
    }
    const log = page.locator('[role="log"]').first();
    await page.goto(`http://${host}/`);
    assert.equal(await log.getAttribute('aria-live'), 'polite');
    await page.getByRole('listitem', { name: 'wire', exact: true }).waitFor();
    // One person, one colour.
    await say(page, 'seen');
    await shows(page, 'seen');
    const colours = await page.locator('.me, .own .nick, .member-list .nick[data-nick="ann"]').evaluateAll((nicks) =>
      nicks.map((nick) => getComputedStyle(nick).color));
    assert.ok(colours.length >= 3 && new Set(colours).size === 1, `${colours}`);
  },
});
