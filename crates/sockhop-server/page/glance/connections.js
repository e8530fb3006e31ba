/** Who is connected, how, and who cannot keep up. */

import { formatBytes, formatCount, formatDuration, h } from '/-/assets/dom.js';
import { isSlow } from './rates.js';
import { Table } from './table.js';
import { formatRate } from './words.js';

const traffic = ({ rates }) => (rates.bytes_in === null ? null : rates.bytes_in + rates.bytes_out);

const COLUMNS = [
  { name: 'Nick', value: (row) => row.nick },
  { name: 'Protocol', value: (row) => row.protocol, build: ({ protocol }) => h('span', { class: 'glance-badge', dataset: { protocol }, text: protocol }) },
  { name: 'Address', value: (row) => row.peer ?? '', words: (row) => row.peer ?? 'this computer' },
  { name: 'Round trip', isNumber: true, value: (row) => row.rtt_us, words: (row) => (row.rtt_us === null ? '–' : formatDuration(row.rtt_us)) },
  { name: 'In', isNumber: true, value: (row) => row.rates.messages_in, words: (row) => formatRate(row.rates.messages_in) },
  { name: 'Out', isNumber: true, value: (row) => row.rates.messages_out, words: (row) => formatRate(row.rates.messages_out) },
  { name: 'Traffic', isNumber: true, value: traffic, words: (row) => (traffic(row) === null ? '–' : `${formatBytes(traffic(row))}/s`) },
  { name: 'Behind', isNumber: true, value: (row) => row.behind, words: (row) => formatCount(row.behind) },
  { name: 'Rooms', isNumber: true, value: (row) => row.rooms, words: (row) => formatCount(row.rooms) },
  { name: 'Here for', isNumber: true, value: (row) => -row.since_us, words: (row) => formatDuration(row.for_us) },
];

export function connectionsTable() {
  return new Table({
    caption: 'Connections',
    columns: COLUMNS,
    sort: 'Nick',
    filterBy: ({ nick, protocol, peer, client }) => [nick, protocol, peer ?? 'this computer', client].join(' '),
    tone: (row) => (isSlow(row) ? 'slow' : ''),
    none: 'Nobody is connected.',
  });
}
