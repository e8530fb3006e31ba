/**
 * A room looked at as plots. This file joins the parts:
 *
 *   feed.js ─► series.js ─► store.js               the numbers of the room, live and from history
 *   scope.js: span.js, timeline.js                 which stretch of which time is looked at
 *   pulse.js ─► charts.js ─► sample.js ─► chart.js   drawing, when there is something new to see
 *   toolbar.js, chooser.js, readout.js, empty.js   controls and words
 *   settings.js                                    what was chosen, in the link and remembered
 */

import { h, stylesheet } from '../dom.js';
import { lasting } from '../storage.js';
import { Charts } from './charts.js';
import { Chooser } from './chooser.js';
import { csvOf } from './csv.js';
import { Empty } from './empty.js';
import { Feed } from './feed.js';
import { firstChoice, plotsOf } from './names.js';
import { Palette } from './palette.js';
import { Pulse } from './pulse.js';
import { Readout } from './readout.js';
import { Scope } from './scope.js';
import { queryWith, settingsFrom, WINDOWS } from './settings.js';
import { Store } from './store.js';
import { clockUnit, isCalendar } from './timeline.js';
import { Toolbar } from './toolbar.js';

const READOUT_MS = 250;
const isStill = matchMedia('(prefers-reduced-motion: reduce)');

/**
 * @param {HTMLElement} container
 * @param {{hub: object, room: string, navigate: (path: string) => void}} context
 * @returns {{close: () => void}}
 */
export function open(container, { hub, room }) {
  stylesheet('/-/assets/vendor/uplot/uPlot.min.css');
  stylesheet('/-/assets/plot/plot.css');
  stylesheet('/-/assets/plot/controls.css');
  container.dataset.view = 'plot';
  const view = new PlotView(container, hub, room);
  loadUPlot().then(() => view.begin(), () => view.fail());
  return {
    close() {
      view.close();
      delete container.dataset.view;
    },
  };
}

let loading = null;

/** uPlot is a classic script: it is `window.uPlot` once it has run. */
function loadUPlot() {
  loading ??= new Promise((resolve, reject) => {
    document.head.append(h('script', { src: '/-/assets/vendor/uplot/uPlot.iife.min.js', on: { load: resolve, error: reject } }));
  });
  loading.catch(() => (loading = null));
  return loading;
}

class PlotView {
  #room;
  #settings;
  #scope;
  #store = new Store();
  #feed;
  #palette;
  #pulse;
  #toolbar;
  #chooser;
  #charts;
  #readout;
  #root;
  #timer = 0;
  #isReady = false;
  #isClosed = false;
  /** Whether something but time itself calls for a drawing. */
  #isStale = true;
  #isGripped = false;
  #drawnAt = 0;
  /** How long a picture lasts: until it has moved by half a pixel. */
  #frameMs = 0;
  #fieldCount = -1;
  /** Fields that can be the time axis. */
  #clocks = [];

  constructor(container, hub, room) {
    this.#room = room;
    this.#settings = settingsFrom(location.search, lasting.get(`plot.${room}`, (kept) => typeof kept === 'object'));
    this.#scope = new Scope(this.#store, this.#window);
    this.#scope.axis = this.#settings.axis;
    this.#palette = new Palette(() => this.#charts?.repaint());
    this.#pulse = new Pulse((now) => this.#draw(now));
    const hands = {
      grip: () => (this.#isGripped = true),
      letGo: () => this.#letGo(),
      zoom: (from, to) => this.#zoomTo(from, to),
      scale: (at, factor) => this.#move(() => this.#span.scale(this.#range(), at, factor)),
      pan: (share) => this.#move(() => this.#span.pan(this.#range(), share)),
      reset: () => this.#move(() => this.#span.reset()),
      pause: () => this.#pause(),
      choose: (settings) => this.#choose(settings),
      save: () => this.#save(),
      screen: () => this.#screen(),
    };
    this.#toolbar = new Toolbar(hands);
    this.#chooser = new Chooser({ palette: this.#palette, choose: (field, isChosen) => this.#chooseField(field, isChosen) });
    this.#charts = new Charts({ palette: this.#palette, hands, resized: () => this.#refresh() });
    const empty = new Empty({ hub, room });
    const body = h('div', { class: 'plot-body' }, this.#chooser.element, this.#charts.element, this.#toolbar.status, empty.element);
    this.#feed = new Feed({ hub, room, store: this.#store, tell: (event) => this.#hear(event) });
    this.#readout = new Readout({ store: this.#store, scope: this.#scope, feed: this.#feed, toolbar: this.#toolbar, chooser: this.#chooser, empty });
    this.#root = h('section', { class: 'plot', 'aria-label': `Plots of ${room}` }, this.#toolbar.element, body, this.#readout.element);
    container.replaceChildren(this.#root);
    this.#reach();
  }

  /** uPlot is there. */
  begin() {
    if (this.#isClosed) return;
    this.#isReady = true;
    this.#timer = setInterval(() => this.#tell(), READOUT_MS);
    this.#refresh();
    this.#tell();
  }

  fail() {
    this.#toolbar.tell('The plotting script did not load. Reload the page.');
  }

  close() {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#feed.close();
    this.#pulse.close();
    this.#charts.close();
    this.#palette.close();
    this.#root.remove();
  }

  get #window() {
    return WINDOWS.get(this.#settings.window).seconds;
  }

  /** The chosen fields, as far as they have been seen; the first few until somebody chooses. */
  get #fields() {
    const { fields } = this.#settings;
    return fields ? fields.filter((field) => this.#store.has(field)) : firstChoice(this.#store.fields, this.#clocks);
  }

  get #span() {
    return this.#scope.span;
  }

  #range() {
    return this.#scope.look()?.range ?? [0, 1];
  }

  // What happens.

  #hear(event) {
    if (event === 'live') {
      this.#scope.heard();
      if (this.#span.isFollowing) this.#pulse.ask(this.#drawnAt + this.#frameMs);
    } else if (event === 'restarted') {
      this.#scope.forget();
      this.#reach();
    }
    if (event !== 'live' && event !== 'words') this.#refresh();
  }

  /** Reads as much history as the window shows, and some to look back at. */
  #reach() {
    this.#feed.reach(this.#window * 1.5);
  }

  #choose(settings) {
    if (settings.window) {
      this.#span.reset();
      this.#span.window_s = WINDOWS.get(settings.window).seconds;
    }
    this.#settings = { ...this.#settings, ...settings };
    this.#scope.axis = this.#settings.axis;
    this.#remember();
    if (settings.window) this.#reach();
    this.#refresh();
  }

  #chooseField(field, isChosen) {
    const others = this.#fields.filter((other) => other !== field);
    this.#choose({ fields: isChosen ? [...others, field] : others });
  }

  #remember() {
    lasting.set(`plot.${this.#room}`, this.#settings);
    history.replaceState(history.state, '', location.pathname + queryWith(location.search, this.#settings) + location.hash);
  }

  #pause() {
    const look = this.#scope.look();
    if (!look) return;
    if (this.#span.isHeld) this.#span.release();
    else this.#span.hold(look.range, look.last);
    this.#refresh();
  }

  #zoomTo(from, to) {
    const [left, right] = this.#range();
    const at = (share) => left + (right - left) * share;
    this.#move(() => this.#span.zoom(at(from), at(to)));
  }

  #move(act) {
    act();
    this.#refresh();
  }

  #letGo() {
    this.#isGripped = false;
    this.#refresh();
  }

  // What is seen.

  /** Draws and says everything anew with the next frame. */
  #refresh() {
    this.#isStale = true;
    this.#pulse.ask();
  }

  #draw(now) {
    if (!this.#isReady || this.#isClosed) return;
    const look = this.#scope.look();
    if (this.#isStale || this.#fieldCount !== this.#store.fieldCount) this.#showChoices(look);
    if (!look) return;
    const isMoving = this.#span.isFollowing && !this.#isGripped;
    if (isMoving || this.#isStale) {
      const [from, to] = look.range;
      this.#charts.draw(look);
      this.#isStale = false;
      this.#drawnAt = now;
      this.#frameMs = isStill.matches ? READOUT_MS : Math.min(READOUT_MS, ((to - from) / this.#charts.bins) * 500);
    }
    const isDrifting = this.#scope.isLive && look.silence < this.#window / 4 && this.#window < Infinity;
    if (isMoving && isDrifting) this.#pulse.ask(now + this.#frameMs);
  }

  #showChoices(look) {
    const fields = this.#fields;
    this.#fieldCount = this.#store.fieldCount;
    this.#palette.deal(fields);
    this.#chooser.show(this.#store.fields, fields);
    // A field that was measured before it stood there has not been heard.
    this.#readout.renew();
    this.#charts.arrange(plotsOf(fields, this.#settings.layout), look === null || isCalendar(look.range[1]));
    this.#toolbar.show({
      ...this.#settings,
      clocks: this.#clocks,
      isHeld: this.#span.isHeld,
      isZoomed: this.#span.isZoomed,
      fieldCount: fields.length,
    });
    this.#root.dataset.empty = fields.length === 0;
    this.#root.dataset.fieldless = this.#fieldCount === 0;
  }

  #findClocks() {
    const clocks = this.#store.fields.filter((field) => clockUnit(this.#store, field) !== null);
    if (clocks.join() === this.#clocks.join()) return;
    this.#clocks = clocks;
    this.#refresh();
  }

  /** Says what is measured, a few times a second. */
  #tell() {
    if (!document.hidden && this.#readout.tell(this.#fields)) this.#findClocks();
  }

  #screen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.#root.requestFullscreen().catch(() => this.#toolbar.tell('The browser refuses full screen here.'));
  }

  /** Saves what is shown as CSV. */
  #save() {
    const look = this.#scope.look();
    if (!look) return;
    const fields = this.#fields;
    const text = csvOf({ ...look, fields, columns: fields.map(look.column) });
    const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
    h('a', { href: url, download: `${this.#room.replaceAll('/', '-')}.csv` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }
}
