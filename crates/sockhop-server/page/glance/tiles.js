/** The hub in six numbers. */

import { formatBytes, formatCount, formatDuration, h } from '/-/assets/dom.js';
import { isSlow, sum } from './rates.js';
import { Sparkline } from './sparkline.js';
import { formatRate, write } from './words.js';

export class Tiles {
  constructor() {
    this.connections = new Tile('Connections', '--series-1');
    this.heard = new Tile('Messages in', '--series-3');
    this.told = new Tile('Messages out', '--series-2');
    this.bytes = new Tile('Traffic', '--series-4');
    this.history = new Tile('History commit', '--series-5');
    this.uptime = new Tile('Uptime', null);
    const tiles = [this.connections, this.heard, this.told, this.bytes, this.history, this.uptime];
    this.element = h('dl', { class: 'glance-tiles' }, tiles.map((tile) => tile.element));
  }

  show({ health, connections, rooms, rated }) {
    const slow = rated.filter(isSlow).length;
    this.connections.show(connections.count, formatCount(connections.count), slow > 0 ? `${slow} slow` : 'all keep up', slow > 0 && 'warn');
    const heard = sum(rated, 'messages_in');
    const told = sum(rated, 'messages_out');
    this.heard.show(heard, formatRate(heard), of(connections, `in ${formatCount(rooms.count)} ${rooms.count === 1 ? 'room' : 'rooms'}`));
    this.told.show(told, formatRate(told), heard > 0 && told >= heard ? `${formatCount(Math.round(told / heard))} for each in` : 'to all who follow');
    const into = sum(rated, 'bytes_in');
    const out = sum(rated, 'bytes_out');
    this.bytes.show(into === null ? null : into + out, into === null ? '–' : `${formatBytes(into + out)}/s`,
      into === null ? 'in and out' : `${formatBytes(into)} in, ${formatBytes(out)} out`);
    this.#showHistory(health.history);
    this.uptime.show(null, formatDuration(health.uptime_s * 1e6), `${health.hub}, version ${health.version}`);
  }

  #showHistory({ kept, queue_bytes, commit_us, failed }) {
    if (!kept) return this.history.show(null, 'off', 'nothing is kept on disk');
    const commit = commit_us === null ? '–' : formatDuration(commit_us);
    if (failed > 0) return this.history.show(commit_us, commit, `${formatCount(failed)} could not be written`, 'bad');
    return this.history.show(commit_us, commit, queue_bytes > 0 ? `${formatBytes(queue_bytes)} in its queue` : 'queue empty');
  }
}

/** A sum over the connections the hub lists says so, if they are not all. */
function of({ count, connections }, note) {
  return count > connections.length ? `of the ${formatCount(connections.length)} listed` : note;
}

class Tile {
  constructor(name, colour) {
    this.value = h('span', { class: 'glance-value', text: '–' });
    this.note = h('span', { class: 'glance-note' });
    this.spark = colour && new Sparkline(colour);
    this.element = h('div', { class: 'glance-tile' }, h('dt', { text: name }), h('dd', null, this.value, this.note), this.spark?.element);
  }

  show(number, value, note, tone) {
    this.spark?.push(number);
    write(this.value, value);
    write(this.note, note);
    this.note.dataset.tone = tone || '';
  }
}
