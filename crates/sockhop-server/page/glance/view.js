/** The hub at a glance, live: who is connected, what is said where, and who cannot keep up. */

import { h, stylesheet } from '/-/assets/dom.js';
import { connectionsTable } from './connections.js';
import { Poll } from './poll.js';
import { connectionKey, Rates } from './rates.js';
import { roomsTable } from './rooms.js';
import { Tiles } from './tiles.js';

/**
 * Opens the glance.
 * @param {HTMLElement} container
 * @param {{hub: object}} options
 * @returns {{close: () => void}}
 */
export function open(container, { hub }) {
  stylesheet('/-/assets/glance/glance.css');
  const glance = new Glance();
  const poll = new Poll(hub, glance);
  container.append(glance.element);
  return {
    close() {
      poll.close();
      glance.element.remove();
    },
  };
}

class Glance {
  constructor() {
    this.connectionRates = new Rates(connectionKey, ['messages_in', 'messages_out', 'bytes_in', 'bytes_out']);
    this.roomRates = new Rates(({ room }) => room, ['messages', 'bytes']);
    this.tiles = new Tiles();
    this.connections = connectionsTable();
    this.rooms = roomsTable();
    this.away = h('p', { class: 'glance-away', role: 'status', hidden: true });
    this.element = h('section', { class: 'glance', 'aria-label': 'The hub at a glance', dataset: { view: 'glance', state: 'waiting' } },
      this.away, this.tiles.element, this.connections.element, this.rooms.element);
    this.told = (answers) => this.#show(answers);
    this.lost = (why) => this.#lose(why);
  }

  #show({ health, connections, rooms }) {
    this.element.dataset.state = 'live';
    this.away.hidden = true;
    this.at = new Date();
    const rows = connections.connections.map((row) => ({ ...row, for_us: connections.time_us - row.since_us }));
    const rated = this.connectionRates.update(connections.time_us, rows);
    const ratedRooms = this.roomRates.update(performance.now() * 1000, rooms.rooms);
    this.tiles.show({ health, connections, rooms, rated });
    this.connections.show(rated, connections.count);
    this.rooms.show(ratedRooms, rooms.count);
  }

  #lose(why) {
    this.element.dataset.state = 'away';
    this.away.hidden = false;
    const since = this.at ? ` What you see is of ${this.at.toLocaleTimeString('en-GB')}.` : '';
    this.away.textContent = `${why}${since} It goes on by itself when the hub does.`;
  }
}
