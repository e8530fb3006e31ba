/** The stick and gamepads: node pads.mjs STORY PORT */

import assert from 'node:assert/strict';

import { connected, frames, host, port, shot, tell, until } from './browser.mjs';
import { Wire } from './wire.mjs';

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

  /** A link that freezes: what was on its way comes late, and nothing of it but the stop is left standing. */
  async stall(browser) {
    const robot = await Robot.join('drive');
    const page = await browser.page('/drive', { nick: 'far' });
    let frozen = null;
    let hub = null;
    await page.routeWebSocket(/\/-\/ws$/, (socket) => {
      hub = socket.connectToServer();
      socket.onMessage((message) => (frozen ? frozen.push(message) : hub.send(message)));
    });
    await page.goto(`http://${host}/drive?pad`);
    await connected(page);
    const { middle, top } = await stick(page, 'left');
    const drive = async () => {
      await page.mouse.move(...middle);
      await page.mouse.down();
      await page.mouse.move(...top);
      await robot.until((state) => state.armed && state.axes.left_y > 0.9);
    };
    await drive();
    frozen = [];
    const band = page.locator('.pad-band');
    await page.locator('.pad-band[data-state="stalled"]').waitFor();
    await page.locator('[data-view="pad"][data-armed="false"]').waitFor();
    const published = () => frozen.filter((message) => JSON.parse(message).op === 'publish').length;
    await until(async () => JSON.parse(JSON.parse(frozen.findLast((message) => message.includes('publish'))).text).armed === false, 'the stop is on its way');
    await frames(page, 30);
    const before = published();
    await page.mouse.move(...middle);
    await frames(page, 30);
    assert.equal(published(), before, 'nothing more is put into a link that is frozen');

    // It thaws: the stop comes behind what was on its way, and a hand that never let go does not drive on.
    for (const message of frozen) hub.send(message);
    frozen = null;
    for (let stops = 0; stops < 3;) {
      const { armed } = await robot.next();
      if (!armed) stops += 1;
      else assert.equal(stops, 0, 'nothing comes behind the stop');
    }
    await page.locator('.pad-band[data-state="released"]').waitFor();
    assert.match(await band.textContent(), /stalled/, 'it says why');
    await page.mouse.move(...top);
    assert.deepEqual(await robot.all(page), []);
    await page.mouse.up();
    await drive();
    await page.mouse.up();
    await robot.stops(page);
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
});
