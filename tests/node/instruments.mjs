/** Plots, the hub at a glance, and how it all looks: node instruments.mjs STORY PORT */

import assert from 'node:assert/strict';
import net from 'node:net';

import { connected, frames, host, port, shot, tell, until } from './browser.mjs';
import { Wire } from './wire.mjs';

/** How many pixels of a field's plot have the field's colour. */
async function drawn(page, field) {
  return page.evaluate((name) => {
    const chart = [...document.querySelectorAll('[data-plot]')].find((figure) => figure.dataset.plot.split(' ').includes(name));
    const swatch = document.querySelector(`[data-field="${name}"] .plot-swatch`);
    const canvas = chart?.querySelector('canvas');
    if (!canvas || !swatch || canvas.width === 0) return 0;
    const wanted = getComputedStyle(swatch).backgroundColor.match(/\d+/g).slice(0, 3).map(Number);
    // Through a copy: the page's own canvas stays as fast as it is.
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3] > 128 && wanted.every((part, index) => Math.abs(part - data[at + index]) < 24)) count += 1;
    }
    return count;
  }, field);
}

/** What a canvas shows, to be compared. */
const picture = (page) => page.evaluate(() => [...document.querySelectorAll('[data-plot] canvas')].map((canvas) => canvas.toDataURL()).join());

await tell({
  /** Numbers draw themselves, from what is kept and as they come. */
  async plot(browser) {
    const wire = await Wire.join(port, 'imu', 'telemetry/imu');
    const say = (number, fields = {}) => wire.say('telemetry/imu', JSON.stringify({
      roll: Math.sin(number / 10), pitch: Math.cos(number / 10) * 2, battery: { volt: 12 - number / 1000 }, mode: 'auto',
    }), fields);
    let number = 0;
    for (; number < 300; number += 1) say(number);
    say(number, { id: 1 });
    await wire.event('ack');
    const page = await connected(await browser.page('/telemetry/imu?plot', { nick: 'ann' }));
    for (const field of ['roll', 'pitch', 'battery.volt']) {
      await until(async () => (await drawn(page, field)) > 50, `${field} is drawn`);
    }
    assert.equal(await page.locator('[data-field="mode"]').count(), 0, 'a word is no number');
    const last = (field) => page.locator(`[data-field="${field}"] .plot-last`).textContent();

    // What comes is drawn and read off.
    const before = await picture(page);
    wire.say('telemetry/imu', '{"roll": 1.75}');
    await until(async () => (await last('roll')).includes('1.75'), 'the newest value');
    await until(async () => (await picture(page)) !== before, 'the picture moves');
    await until(async () => (await page.locator('[data-field="roll"] .plot-range').textContent()).includes('max 1.75'), 'its largest');

    // A field that is not wanted is not drawn; it is in the link, and so is what is left.
    await page.locator('[data-field="pitch"]').click();
    await until(async () => (await drawn(page, 'pitch')) === 0, 'pitch is gone');
    assert.ok((await drawn(page, 'roll')) > 0);
    await page.reload();
    await until(async () => (await drawn(page, 'roll')) > 50, 'roll is drawn again');
    await until(async () => (await last('roll')).includes('1.75'), 'and read off, though nothing new comes');
    assert.equal(await page.locator('[data-field="pitch"] input').isChecked(), false);
    await page.locator('[data-field="pitch"]').click();
    await until(async () => (await drawn(page, 'pitch')) > 50, 'pitch is back');

    // While it is paused the picture stands still, whatever comes.
    const pause = page.locator('.plot-pause');
    await pause.click();
    await page.locator('.plot-pause[data-held="true"]').waitFor();
    await frames(page, 5);
    const held = await picture(page);
    for (let more = 0; more < 50; more += 1) say((number += 1));
    wire.say('telemetry/imu', '{"roll": 1.25}', { id: 2 });
    await wire.event('ack');
    await frames(page, 30);
    assert.equal(await picture(page), held);
    await pause.click();
    await until(async () => (await last('roll')).includes('1.25'), 'it has gone on meanwhile');
    await until(async () => (await picture(page)) !== held, 'it moves again');

    // Zoomed by dragging, and out again.
    const chart = page.locator('[data-plot] .u-over').first();
    const { x, y, width, height } = await chart.boundingBox();
    await page.mouse.move(x + width * 0.5, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.9, y + height / 2, { steps: 5 });
    await page.mouse.up();
    const reset = page.getByRole('button', { name: 'Reset zoom' });
    await reset.waitFor();
    await reset.click();
    await reset.waitFor({ state: 'hidden' });

    // A hundred a second, for a while: the page keeps up and forgets nothing of it.
    const target = number + 300;
    await new Promise((done) => {
      const timer = setInterval(() => {
        say((number += 1));
        if (number >= target) done(clearInterval(timer));
      }, 10);
    });
    wire.say('telemetry/imu', '{"roll": 1.5}');
    await until(async () => (await last('roll')).includes('1.5'), 'it keeps up');

    // Plain numbers are a plot as well; words alone say why they are none.
    const bare = await Wire.join(port, 'bare', 'bare');
    for (let value = 0; value < 20; value += 1) bare.say('bare', `${20 + value / 10}`);
    bare.say('bare', '22.75', { id: 1 });
    await bare.event('ack');
    await page.goto(`http://${host}/bare?plot`);
    await until(async () => (await page.locator('.plot-last').first().textContent()).includes('22.75'), 'a bare number');
    // One value of each field, all at one moment: each is a dot.
    const tick = await Wire.join(port, 'tick', 'tick');
    for (const field of ['one', 'two', 'three']) tick.say('tick', JSON.stringify({ [field]: 1e20 }));
    await page.goto(`http://${host}/tick?plot`);
    for (const field of ['one', 'two', 'three']) await until(async () => (await drawn(page, field)) > 5, `${field} is a dot`);
    await bare.publish('words', 'no numbers here');
    await page.goto(`http://${host}/words?plot`);
    await page.locator('.plot-empty').waitFor();
  },

  /** Who is connected, how much is said, who cannot keep up. */
  async glance(browser) {
    const writer = await Wire.join(port, 'writer', 'elsewhere');
    const page = await connected(await browser.page('/-/', { nick: 'ann' }));
    await page.locator('[data-view="glance"][data-state="live"]').waitFor();
    const table = (name) => page.getByRole('table', { name });
    const row = (name, text) => table(name).locator('tbody tr', { hasText: text });
    await row('Connections', 'writer').waitFor();
    assert.match(await row('Connections', 'ann').textContent(), /websocket/);
    const cell = async (name, text, column) => {
      const names = await table(name).locator('thead th').allTextContents();
      const at = names.findIndex((head) => head.startsWith(column));
      return row(name, text).locator('td, th').nth(at).textContent();
    };
    const timer = setInterval(() => writer.say('rated', 'x'.repeat(100)), 20);
    await until(async () => Number.parseFloat(await cell('Connections', 'writer', 'In')) > 1, 'its rate');
    await until(async () => Number.parseFloat(await cell('Rooms', 'rated', 'Said')) > 1, 'the rate of the room');
    clearInterval(timer);
    await until(async () => Number.parseFloat(await cell('Rooms', 'rated', 'Said')) === 0, 'it falls again');

    // One that follows and does not read.
    const stuck = net.connect(port, '127.0.0.1');
    stuck.write('{"op":"hello","nick":"stuck"}\n{"op":"subscribe","room":"flood"}\n');
    await row('Connections', 'stuck').waitFor();
    const text = 'x'.repeat(20_000);
    for (let number = 1; number <= 2500; number += 1) writer.say('flood', text, number === 2500 ? { id: 1 } : {});
    await writer.event('ack');
    await until(async () => Number.parseInt((await cell('Connections', 'stuck', 'Behind')).replace(/\D/g, ''), 10) > 1000, 'far behind');
    await page.locator('.glance-tiles', { hasText: '1 slow' }).waitFor();
    assert.match(await table('Connections').locator('tbody tr').first().textContent(), /stuck/, 'who is slow stands first');
    await shot(page, 'glance-slow-desktop-light');
    stuck.destroy();
    await row('Connections', 'stuck').waitFor({ state: 'detached' });
    await page.locator('.glance-tiles', { hasText: 'all keep up' }).waitFor();
    // A room's name leads there.
    await row('Rooms', 'rated').getByRole('link').click();
    await page.locator('[data-view="room"]').waitFor();
    assert.equal(new URL(page.url()).pathname, '/rated');
  },

  /** Pictures of every screen, to be looked at. */
  async looks(browser) {
    const jetson = await Wire.join(port, 'jetson', 'lobby');
    const gs = await Wire.join(port, 'gs-1', 'lobby');
    const lines = [
      [gs, 'Good morning. Is the rover on the network yet?'], [jetson, 'up since 09:12, battery 12.4 V, 4 cameras'],
      [gs, 'We drive at ten. The map is at https://example.org/field/east.'],
      [jetson, '{"battery": 12.4, "mode": "auto", "pose": {"x": 1.25, "y": -0.5, "heading": 92.5}}'],
      [gs, 'Größe, 你好, 🎉 and a long line that has to be broken somewhere because no phone is wide enough for all of it at once, whichever way it is held.'],
    ];
    for (const [wire, text] of lines) await wire.publish('lobby', text);
    gs.send({ op: 'publish', room: 'lobby', data: 'iVBORw0KGgo=', type: 'image/png' });
    await gs.publish('lobby', JSON.stringify({ cameras: ['front', 'rear', 'mast'], calibration: { matrix: [[1, 0, 0], [0, 1, 0], [0, 0, 1]], distortion: [0.1, -0.2] }, note: 'a longer one folds' }));
    for (let number = 0; number < 400; number += 1) {
      jetson.say('telemetry/imu', JSON.stringify({ roll: Math.sin(number / 20), pitch: Math.cos(number / 30) * 0.6, volt: 12.4 - number / 2000 }));
    }
    await jetson.publish('telemetry/imu', '{"roll": 0.1, "pitch": 0.2, "volt": 12.1}');
    for (const phone of [false, true]) {
      for (const dark of [false, true]) {
        const name = `${phone ? 'phone' : 'desktop'}-${dark ? 'dark' : 'light'}`;
        const page = await connected(await browser.page('/lobby', { phone, dark, nick: `${phone ? 'pocket' : 'desk'}-${dark ? 'owl' : 'lark'}` }));
        const say = page.locator('textarea[name="say"]:visible').first();
        await say.fill('Ready here.');
        await say.press('Enter');
        await page.locator('article.own:not(.pending)').first().waitFor();
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, 'nothing is wider than the screen');
        await shot(page, `room-${name}`);
        for (const [view, address] of [['plot', '/telemetry/imu?plot'], ['pad', '/drive?pad'], ['glance', '/-/'], ['direct', '/lobby?direct=gs-1'], ['empty', '/nothing/yet']]) {
          await page.goto(`http://${host}${address}`);
          await connected(page);
          await page.locator(view === 'empty' ? '[data-view="room"]' : `[data-view="${view}"]`).first().waitFor();
          if (view === 'plot') await until(async () => (await drawn(page, 'roll')) > 50, 'it is drawn');
          if (view === 'glance') await page.locator('tbody tr').first().waitFor();
          await frames(page, 10);
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, `${view} is not wider than the screen`);
          await shot(page, `${view}-${name}`);
        }
        if (phone) {
          await page.goto(`http://${host}/lobby`);
          await connected(page);
          await page.locator('button.menu').click();
          await page.locator('body.drawer-open').waitFor();
          await frames(page, 20);
          await shot(page, `drawer-${name}`);
        }
        await page.close();
      }
    }
  },
});
