/** The rows that are looked at, as a table for other programs: every point, not only the ones drawn. Pure. */

/**
 * @param {{time: Float64Array, seq: Float64Array, fields: string[], columns: Float64Array[], start: number, end: number}} rows
 * @returns {string} CSV as in RFC 4180, one row a message that has one of the fields
 */
export function csvOf({ time, seq, fields, columns, start, end }) {
  const lines = [['time', 'seq', ...fields].map(cell).join(',')];
  for (let i = start; i < end; i += 1) {
    const values = columns.map((column) => (Number.isNaN(column[i]) ? '' : String(column[i])));
    if (values.some(Boolean)) lines.push(`${isoTime(time[i])},${Number.isNaN(seq[i]) ? '' : seq[i]},${values.join(',')}`);
  }
  return `${lines.join('\r\n')}\r\n`;
}

/** Field names come from others: quoted, and kept from being read as a formula by a spreadsheet. */
function cell(text) {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** To the microsecond, which `toISOString` cuts off. */
function isoTime(seconds) {
  const micros = Math.round(seconds * 1e6);
  const whole = Math.floor(micros / 1e6);
  return `${new Date(whole * 1000).toISOString().slice(0, 19)}.${String(micros - whole * 1e6).padStart(6, '0')}Z`;
}
