/** Plots, the stick, and the hub at a glance: node instruments.mjs STORY PORT */

import assert from 'node:assert/strict';
import net from 'node:net';

import { connected, host, port, shot, tell, until } from './browser.mjs';
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

/** Lets the page draw for a while: so many frames. */
const frames = (page, count) => page.evaluate((left) => new Promise((done) => {
  const next = () => (left -= 1) < 0 ? done() : requestAnimationFrame(next);
  next();
}), count);

/** A robot that listens to a pad. */
class Robot {
  static async join(room) {
    const robot = new Robot();
    robot.room = room;
    robot.wire = await Wire.join(port, 'robot', room);
    robot.other = await Wire.join(port, 'marker', room);
    robot.count = 0;
    robot.n = 0;
    return robot;
  }

  /** The next state, or null at a marker; what every state has to be is checked. */
  async next() {
    const message = await this.wire.event('message');
    if (message.text.startsWith('marker')) return null;
    const state = JSON.parse(message.text);
    assert.equal(message.ephemeral, true, 'a pad is never kept');
    assert.equal(message.type, 'application/json');
    assert.ok(state.n > this.n, 'the counter grows');
    this.n = state.n;
    for (const value of Object.values(state.axes)) assert.ok(value >= -1 && value <= 1, message.text);
    assert.equal(typeof state.t_us, 'number');
    assert.ok(Object.values(state.buttons).every((button) => typeof button === 'boolean'), message.text);
    return state;
  }

  async until(wanted) {
    for (;;) {
      const state = await this.next();
      if (state && wanted(state)) return state;
    }
  }

  /** All states sent until the page has had ample time to send more. */
  async all(page) {
    await frames(page, 30);
    this.count += 1;
    this.other.say(this.room, `marker ${this.count}`);
    const states = [];
    for (let state = await this.next(); state; state = await this.next()) states.push(state);
    return states;
  }

  /** That what was sent ends with neutral three times, and nothing else was sent unarmed. */
  async stops(page, wanted = {}) {
    const states = await this.all(page);
    const after = states.filter((state) => !state.armed);
    assert.equal(after.length, 3, JSON.stringify(states));
    for (const state of states.slice(-3)) {
      assert.equal(state.armed, false);
      assert.ok(Object.values(state.axes).every((value) => value === 0), JSON.stringify(state));
      assert.ok(Object.values(state.buttons).every((button) => !button), JSON.stringify(state));
      for (const [name, value] of Object.entries(wanted)) assert.equal(state[name], value);
    }
    assert.deepEqual(await this.all(page), [], 'and then silence');
  }
}

/** Thumbs on a page's screen, as the system would bring them. */
async function thumbs(page) {
  const client = await page.context().newCDPSession(page);
  const touch = (type, ...points) => client.send('Input.dispatchTouchEvent', {
    type, touchPoints: points.map(([x, y], id) => ({ x, y, id })),
  });
  return {
    down: (...points) => touch('touchStart', ...points),
    move: (...points) => touch('touchMove', ...points),
    up: () => touch('touchEnd'),
    cancel: () => touch('touchCancel'),
  };
}

/** The middle of a stick, and a point at the upper edge of its way. */
async function stick(page, side) {
  const { x, y, width, height } = await page.locator(`[data-stick="${side}"]`).boundingBox();
  const middle = [x + width / 2, y + height / 2];
  return { middle, top: [middle[0], y + 2], left: [x + 2, middle[1]] };
}

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
    await bare.publish('words', 'no numbers here');
    await page.goto(`http://${host}/words?plot`);
    await page.locator('.plot-empty').waitFor();
  },

  /** A thumb on the stick drives, and however it ends, the robot is told to stop. */
  async touch(browser) {
    const robot = await Robot.join('drive');
    const page = await connected(await browser.page('/drive?pad', { phone: true, nick: 'thumb' }));
    await page.locator('[data-view="pad"][data-armed="false"]').waitFor();
    const { down, move, up, cancel } = await thumbs(page);
    const left = await stick(page, 'left');
    assert.deepEqual(await robot.all(page), [], 'nothing is sent before it is touched');

    const drive = async () => {
      await down(left.middle);
      const first = await robot.next();
      assert.equal(first.armed, false, 'neutral first: whoever went stale waits for it');
      await robot.until((state) => state.armed && state.axes.left_y === 0);
      await move(left.top);
      await robot.until((state) => state.armed && state.axes.left_y > 0.9);
    };
    await drive();
    await page.locator('[data-stick="left"][data-armed="true"]').waitFor();
    // As long as it is held it is repeated, each with its own number.
    for (let repeat = 0; repeat < 10; repeat += 1) {
      const { axes, armed, device, connected: isConnected } = await robot.next();
      assert.deepEqual([armed, device, isConnected], [true, 'touch', true]);
      assert.ok(axes.left_y > 0.9 && Math.abs(axes.left_x) < 0.1);
    }
    await shot(page, 'pad-driving-phone-light');
    await move(left.left);
    await robot.until((state) => state.axes.left_x > 0.9 && Math.abs(state.axes.left_y) < 0.1);
    await up();
    await robot.stops(page);
    await page.locator('[data-stick="left"][data-armed="false"]').waitFor();

    // The system takes the touch away: a call comes, a gesture begins.
    await drive();
    await cancel();
    await robot.stops(page);

    // The tab is hidden with the thumb still down; the thumb that stays there does not count again.
    await drive();
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await robot.stops(page);
    await page.evaluate(() => {
      delete document.hidden;
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await move(left.middle);
    await move(left.top);
    assert.deepEqual(await robot.all(page), [], 'not without a fresh touch');
    await up();
    assert.deepEqual(await robot.all(page), []);
    await drive();
    // The window is left.
    await page.evaluate(() => dispatchEvent(new Event('blur')));
    await robot.stops(page);
    await up();

    // A button is a hold too; and leaving the stick ends it.
    const { x, y, width, height } = await page.locator('[data-button="south"]').boundingBox();
    await down([x + width / 2, y + height / 2]);
    await robot.until((state) => state.armed && state.buttons.south);
    await up();
    await robot.stops(page);
    await drive();
    await page.evaluate(() => {
      history.pushState(null, '', '/drive');
      dispatchEvent(new PopStateEvent('popstate'));
    });
    await robot.stops(page);
    await up();

    // Two thumbs at once, where there is room for both sticks.
    await page.setViewportSize({ width: 844, height: 390 });
    await page.goto(`http://${host}/drive?pad`);
    await connected(page);
    robot.n = 0;
    const both = { left: await stick(page, 'left'), right: await stick(page, 'right') };
    const two = await thumbs(page);
    await two.down(both.left.middle, both.right.middle);
    await two.move(both.left.top, both.right.left);
    await robot.until((state) => state.axes.left_y > 0.9 && state.axes.right_x > 0.9);
    await shot(page, 'pad-driving-landscape-light');
    await two.up();
    await robot.stops(page);

    // A mouse does as well, and a page that is closed leaves nothing armed behind it.
    const mouse = await connected(await browser.page('/drive?pad', { nick: 'mouse' }));
    robot.n = 0;
    const { middle, top } = await stick(mouse, 'left');
    await mouse.mouse.move(...middle);
    await mouse.mouse.down();
    await mouse.mouse.move(...top);
    await robot.until((state) => state.armed && state.axes.left_y > 0.9 && state.device === 'mouse');
    await mouse.mouse.up();
    await robot.stops(mouse);
    await mouse.keyboard.down('w');
    await robot.until((state) => state.armed && state.axes.left_y > 0.9);
    await mouse.keyboard.up('w');
    await robot.stops(mouse);
    await mouse.keyboard.down('w');
    await robot.until((state) => state.armed);
    await mouse.close({ runBeforeUnload: false });
    const states = await robot.all(page);
    assert.equal(states.filter((state) => !state.armed).length, 3, JSON.stringify(states));
    assert.equal(states.at(-1).armed, false);
  },

  /** A gamepad in the browser's machine: its enable button arms, its plug disarms. */
  async gamepad(browser) {
    const robot = await Robot.join('drive');
    const page = await connected(await browser.page('/drive?pad', {
      script: () => {
        const button = () => ({ pressed: false, touched: false, value: 0 });
        window.pad = {
          id: 'Test Pad (STANDARD GAMEPAD Vendor: 045e Product: 02ea)', index: 0, connected: true, mapping: 'standard',
          timestamp: 0, axes: [0, 0, 0, 0], buttons: Array.from({ length: 17 }, button),
        };
        window.plugged = false;
        navigator.getGamepads = () => [window.plugged ? window.pad : null, null, null, null];
        window.press = (index, pressed) => Object.assign(window.pad.buttons[index], { pressed, value: pressed ? 1 : 0 });
      },
    }));
    const plug = page.locator('[data-gamepad]');
    assert.deepEqual(await robot.all(page), []);
    await page.evaluate(() => { window.plugged = true; });
    await page.locator('[data-gamepad="connected"]').waitFor();
    assert.match(await plug.textContent(), /Test Pad/);
    // Without its enable button it drives nothing.
    await page.evaluate(() => { window.pad.axes[1] = -1; });
    assert.ok((await robot.all(page)).every((state) => !state.armed), 'not armed');
    await page.evaluate(() => window.press(4, true));
    const state = await robot.until((one) => one.armed && one.axes.left_y > 0.9);
    assert.deepEqual([state.device, state.connected, state.buttons.tl], ['Test Pad', true, true]);
    await page.evaluate(() => {
      window.pad.axes = [0.5, 0.02, 0, -0.5];
      window.press(0, true);
    });
    const other = await robot.until((one) => one.buttons.south && one.axes.left_y === 0);
    assert.ok(other.axes.left_x < -0.4 && other.axes.left_x > -0.55 && other.axes.right_y > 0.4, JSON.stringify(other.axes));
    await shot(page, 'pad-gamepad-desktop-light');
    await page.evaluate(() => window.press(4, false));
    await robot.stops(page, { connected: true });

    // Unplugged while it drives: neutral, unarmed and gone, at once.
    await page.evaluate(() => window.press(4, true));
    await robot.until((one) => one.armed);
    await page.evaluate(() => { window.plugged = false; });
    await robot.stops(page, { connected: false });
    // Back with its button down: that may stick. It counts once it was let go.
    await page.evaluate(() => { window.plugged = true; });
    await page.locator('[data-gamepad="connected"]').waitFor();
    assert.ok((await robot.all(page)).every((one) => !one.armed), 'not armed');
    await page.evaluate(() => window.press(4, false));
    await robot.all(page);
    await page.evaluate(() => window.press(4, true));
    await robot.until((one) => one.armed && one.connected);
    await page.evaluate(() => window.press(4, false));
    await robot.stops(page);
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
