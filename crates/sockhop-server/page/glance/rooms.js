/** The rooms, and how much is said in each; a room's name leads there. */

import { formatBytes, formatCount, h } from '/-/assets/dom.js';
import { Table } from './table.js';
import { formatRate } from './words.js';

const roomPath = (room) => `/${room.split('/').map(encodeURIComponent).join('/')}`;

export function roomsTable() {
  const link = ({ room }) => h('a', { href: roomPath(room), dataset: { room }, text: room });
  return new Table({
    caption: 'Rooms',
    columns: [
      { name: 'Room', value: (row) => row.room, build: link },
      { name: 'Said', isNumber: true, value: (row) => row.rates.messages, words: (row) => formatRate(row.rates.messages) },
      { name: 'Bytes', isNumber: true, value: (row) => row.rates.bytes, words: (row) => (row.rates.bytes === null ? '–' : `${formatBytes(row.rates.bytes)}/s`) },
      { name: 'Members', isNumber: true, value: (row) => row.members, words: (row) => formatCount(row.members) },
      { name: 'Readers', isNumber: true, value: (row) => row.readers, words: (row) => formatCount(row.readers) },
      { name: 'Newest', isNumber: true, value: (row) => row.head, words: (row) => (row.head > 0 ? `#${row.head}` : '–') },
    ],
    sort: 'Room',
    filterBy: (row) => row.room,
    none: 'There is no room yet. Say something in one, and it is there.',
  });
}
