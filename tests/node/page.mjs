/** The page, used as people use it: node page.mjs STORY PORT */

import assert from 'node:assert/strict';
import net from 'node:net';

import { ask, connected, frames, host, port, said, say, shot, shows, tell, until } from './browser.mjs';
import { Lines } from './patience.mjs';
import { Wire } from './wire.mjs';

/** A person in `nc`, as far as the hub can tell; `from` is an address of this machine. */
function person(from) {
  const lines = new Lines();
  const socket = net.connect({ port, host: '127.0.0.1', localAddress: from });
  let rest = '';
  socket.on('data', (data) => {
    const parts = (rest + data).split('\n');
    rest = parts.pop();
    parts.forEach((line) => lines.push(line));
  });
  socket.on('close', () => lines.end('closed'));
  return {
    type: (line) => socket.write(`${line}\n`),
    reads: (part) => lines.next((line) => line.includes(part), part),
  };
}

const texts = async (page) => (await said(page)).map((message) => message.text);

await tell({
  /** Two pages and a bare socket in one room. */
  async together(browser) {
    const wire = await Wire.join(port, 'jetson', 'lobby');
    const ann = await connected(await browser.page('/', { nick: 'ann' }));
    await wire.event('joined', (joined) => joined.nick === 'ann');
    const bob = await connected(await browser.page('/lobby', { nick: 'bob', phone: true }));
    await wire.event('joined', (joined) => joined.nick === 'bob');

    await say(ann, 'hello from a page');
    assert.equal((await wire.heard('hello from a page')).from, 'ann');
    await shows(bob, 'hello from a page');
    wire.say('lobby', 'hello from a robot');
    for (const page of [ann, bob]) await shows(page, 'hello from a robot');
    await say(bob, 'größer 🎮');
    await shows(ann, 'größer 🎮');
    const own = (page) => page.locator('.entries article.own').allTextContents();
    await until(async () => (await own(ann)).join().includes('hello from a page'), 'her own is hers');
    assert.equal((await own(bob)).length, 1);
    assert.deepEqual(await texts(ann), await texts(bob));

    // Lines of several lines, an action, JSON, bytes.
    await ann.locator('textarea[name="say"]').fill('one');
    await ann.locator('textarea[name="say"]').press('Shift+Enter');
    await ann.locator('textarea[name="say"]').pressSequentially('two');
    await ann.locator('textarea[name="say"]').press('Enter');
    await wire.heard('one\ntwo');
    await say(ann, '/me waves');
    await wire.heard('waves');
    wire.say('lobby', JSON.stringify({ imu: { x: 1.5, y: -2, z: [1, 2, 3] }, note: 'x'.repeat(200) }));
    await bob.locator('.entries .json details').first().waitFor();
    wire.send({ op: 'publish', room: 'lobby', data: 'AAECAwQF', type: 'application/x-frame' });
    const saved = ann.waitForEvent('download');
    await ann.locator('.entries .bytes button').click();
    assert.match((await saved).suggestedFilename(), /lobby/);

    // Who is there, another nick, and one that is taken.
    await until(async () => (await ann.locator('.member-list').textContent()).includes('jetson'), 'who is here');
    await say(ann, '/nick anna');
    await wire.event('renamed', (renamed) => renamed.nick === 'ann' && renamed.to === 'anna');
    await bob.locator('.notice', { hasText: 'anna' }).first().waitFor();
    await say(ann, '/nick BOB');
    await ann.locator('.composer-hint .fault', { hasText: 'bob' }).or(ann.locator('.composer-hint .fault', { hasText: 'BOB' })).waitFor();
    await ann.locator('textarea[name="say"]').fill('');
    await ann.locator('button.me').click();
    await ann.locator('form[name="nick"] input[name="nick"]').fill('ann');
    await ann.locator('form[name="nick"] input[name="nick"]').press('Enter');
    await wire.event('renamed', (renamed) => renamed.to === 'ann');

    // Another room, made by going there.
    await say(ann, '/join field/east');
    await until(() => new URL(ann.url()).pathname === '/field/east', 'the address is the room');
    await say(ann, 'first here');
    await shows(ann, 'first here');
    await bob.goto(`http://${host}/field/east`);
    await shows(bob, 'first here');
    await ann.goBack();
    await shows(ann, 'hello from a robot');
  },

  /** Nobody is in the room who is not there: browsers open more connections than they use. */
  async ghosts(browser) {
    const wire = await Wire.join(port, 'wire', 'lobby');
    const pages = [];
    for (const nick of ['ann', 'bob']) pages.push(await connected(await browser.page('/', { nick })));
    await pages[0].reload();
    await connected(pages[0]);
    // Somebody who comes later, from elsewhere, is greeted; by then the browser's would have been.
    const late = person('127.0.0.2');
    await late.reads('* Welcome');
    const members = await wire.members('lobby');
    assert.equal(members.length, 4, `${members}`);
    for (const nick of ['ann', 'bob', 'wire']) assert.ok(members.includes(nick), `${members}`);
    // A tab that is closed is seen to leave.
    await pages[1].close();
    await wire.event('left', (left) => left.nick === 'bob');
  },

  /** What is kept comes as one scrolls up, each message once, and a link leads to one of them. */
  async history(browser) {
    const wire = await Wire.join(port, 'log', 'log');
    for (let number = 1; number <= 700; number += 1) wire.say('log', `entry ${number}.`, number === 700 ? { id: 1 } : {});
    await wire.event('ack');
    const page = await connected(await browser.page('/log'));
    await shows(page, 'entry 700.');
    assert.ok((await said(page)).length <= 200, 'not all at once');
    const check = async () => {
      const seqs = (await said(page)).map((message) => message.seq);
      for (let at = 1; at < seqs.length; at += 1) assert.equal(seqs[at], seqs[at - 1] + 1, 'none missing, none twice');
      return seqs;
    };
    const scroller = page.locator('[role="log"]').first();
    const toTop = () => until(async () => {
      await scroller.evaluate((element) => { element.scrollTop = 0; });
      return (await check())[0] === 1;
    }, 'the first message');
    await toTop();
    await page.locator('.beginning', { hasText: 'The beginning of log.' }).waitFor();
    // What comes meanwhile is announced, and does not move what is read.
    wire.say('log', 'entry 701.');
    const newer = page.locator('button.jump');
    await newer.waitFor();
    assert.equal((await said(page))[0].seq, 1);
    await newer.click();
    await shows(page, 'entry 701.');
    await until(async () => (await check()).at(-1) === 701, 'the newest');
    await page.locator('[data-room="log"] .count', { hasText: '#701' }).waitFor();
    // It stays at its end when it is given less room, also if a scroll on its way is told of only then.
    await scroller.evaluate((element) => {
      element.parentElement.style.flex = '0 0 200px';
      element.dispatchEvent(new Event('scroll'));
    });
    await frames(page, 3);
    assert.ok(await newer.isHidden(), 'nobody has scrolled');
    await scroller.evaluate((element) => { element.parentElement.style.flex = ''; });

    // A link to one of them: where it is reached, marked, and in sight.
    await page.goto(`http://${host}/log#123`);
    const found = page.locator('article[data-seq="123"]');
    await found.waitFor();
    await until(() => found.evaluate((article) => {
      const { top, bottom } = article.getBoundingClientRect();
      return article.matches('.found') && top >= 0 && bottom <= innerHeight;
    }), 'it is marked and in sight');
    await check();
    await page.evaluate(() => { location.hash = '#5'; });
    await page.locator('article[data-seq="5"].found').waitFor();
    const link = await page.locator('article[data-seq="5"] a.when').getAttribute('href');
    assert.equal(link, '/log#5');

    // Search finds what is not in sight, and leads there.
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^Search/ }).first().click();
    await page.locator('input[name="search"]').fill('entry 37');
    await page.locator('input[name="search"]').press('Enter');
    await until(async () => (await page.locator('.hits li').count()) === 17, 'seventeen are found');
    await shot(page, 'search-desktop-light');
    await page.locator('.hits li', { hasText: 'entry 37.' }).locator('a').click();
    await page.locator('article[data-seq="37"].found').waitFor();
    await until(() => page.locator('article[data-seq="37"]').evaluate((article) => {
      const { top, bottom } = article.getBoundingClientRect();
      return top >= 0 && bottom <= innerHeight;
    }), 'it is in sight');
    await page.locator('input[name="search"]').fill('nowhere said');
    await page.locator('input[name="search"]').press('Enter');
    await until(async () => (await page.locator('.search-state').textContent()).includes('0 found in 701'), 'nothing found');

    // More than the page holds comes while somebody reads further up: all of it is counted, and nothing moves.
    for (let number = 1; number <= 200; number += 1) wire.say('burst', `early ${number}.`, number === 200 ? { id: 2 } : {});
    await wire.event('ack');
    await page.goto(`http://${host}/burst`);
    await shows(page, 'early 200.');
    await toTop();
    await scroller.evaluate((element) => { element.scrollTop = 300; });
    const place = () => page.locator('article[data-seq="20"]').evaluate((article) => article.getBoundingClientRect().top);
    const before = await place();
    for (let number = 1; number <= 1500; number += 1) wire.say('burst', `late ${number}.`);
    await newer.filter({ hasText: '1,500 new' }).waitFor();
    assert.equal(await place(), before);
  },

  /** Between two, and nobody else. */
  async privately(browser) {
    const wire = await Wire.join(port, 'wire', 'lobby');
    const ann = await connected(await browser.page('/', { nick: 'ann' }));
    await wire.event('joined', (joined) => joined.nick === 'ann');
    await say(ann, '/msg wire only you');
    assert.equal((await wire.event('direct')).text, 'only you');
    await ann.locator('[data-view="direct"]').waitFor();
    wire.send({ op: 'direct', to: 'ann', text: 'only you, too' });
    await ann.locator('[data-view="direct"] article', { hasText: 'only you, too' }).waitFor();
    await say(ann, 'and more');
    assert.equal((await wire.event('direct')).text, 'and more');
    await shot(ann, 'private-desktop-light');
    // To somebody who reads elsewhere it is announced; to nobody at all it is refused in words.
    const bob = await connected(await browser.page('/', { nick: 'bob' }));
    await say(ann, '/msg bob psst');
    await bob.locator('[data-direct="ann"]', { hasText: '1' }).waitFor();
    await bob.locator('[data-direct="ann"]').click();
    await bob.locator('[data-view="direct"] article', { hasText: 'psst' }).waitFor();
    await say(ann, '/msg nobody hello?');
    await ann.locator('[data-view="direct"] .fault').first().waitFor();
    wire.send({ op: 'history', room: 'lobby' });
    assert.equal((await wire.event('history')).count, 0, 'nothing of it was said in the room');
  },

  /** The hub dies and comes back: nothing is lost, nothing is shown twice, and the page says so. */
  async reconnect(browser) {
    browser.allow(/ERR_CONNECTION_REFUSED|WebSocket connection to .* failed|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET/);
    const wire = await Wire.join(port, 'wire', 'feed');
    const page = await connected(await browser.page('/feed', { nick: 'ann' }));
    await wire.event('joined', (joined) => joined.nick === 'ann');
    // What browsers do by themselves, beside what the page does.
    await page.evaluate(() => {
      window.events = [];
      new EventSource('/feed?follow').onmessage = (event) => window.events.push([event.lastEventId, JSON.parse(event.data).text]);
    });
    for (const text of ['one', 'two', 'three']) await wire.publish('feed', text);
    await shows(page, 'three');
    const heard = () => page.evaluate(() => window.events.map(([, text]) => text));
    await until(async () => (await heard()).length === 3, 'three events');

    await ask('kill the hub');
    await page.locator('[data-state="waiting"]').first().waitFor({ state: 'attached' });
    await say(page, 'while it was away');
    await page.locator('article.pending', { hasText: 'while it was away' }).waitFor();
    await page.locator('.banner:not([hidden])').waitFor();
    await shot(page, 'lost-desktop-light');
    await ask('start the hub');
    const again = await Wire.join(port, 'again', 'feed');
    for (const text of ['four', 'five']) await again.publish('feed', text);
    await connected(page);
    await shows(page, 'five');
    await shows(page, 'while it was away');
    await until(async () => (await page.locator('article.pending').count()) === 0, 'it was said');
    await again.publish('feed', 'six');
    await shows(page, 'six');
    const all = await said(page);
    const expected = ['five', 'four', 'one', 'six', 'three', 'two', 'while it was away'];
    assert.deepEqual(all.map((message) => message.text).sort(), expected);
    for (let at = 1; at < all.length; at += 1) assert.ok(all[at].seq > all[at - 1].seq, 'in order');
    assert.equal(all.find((message) => message.text === 'while it was away').from, 'ann', 'the nick is kept');
    await until(async () => (await heard()).length >= 7, 'the events go on');
    const events = await heard();
    assert.deepEqual(events.toSorted(), expected, 'without gaps or repeats');

    // A hub that is shut down says so, and is waited for just the same.
    await ask('stop the hub');
    await page.locator('[data-state="waiting"]').first().waitFor({ state: 'attached' });
    await ask('start the hub');
    await connected(page);
    const last = await Wire.join(port, 'last', 'feed');
    await last.publish('feed', 'seven');
    await shows(page, 'seven');
    await until(async () => (await heard()).at(-1) === 'seven', 'the events, too');
    assert.deepEqual((await texts(page)).sort(), [...expected, 'seven'].sort());
  },
});
