/**
 * What a person chose for a plot, and how it stands in a link:
 *
 *   /telemetry/imu?plot&fields=imu.accel.x,imu.accel.y&window=10m&layout=apart&axis=t_us
 *
 * The link comes first, then what this browser remembers of the room, then the usual. Pure.
 */

/** The widths of the window that are offered: word in a link → label and seconds. */
export const WINDOWS = new Map([
  ['10s', { label: '10 s', name: '10 seconds', seconds: 10 }],
  ['1m', { label: '1 min', name: '1 minute', seconds: 60 }],
  ['10m', { label: '10 min', name: '10 minutes', seconds: 600 }],
  ['1h', { label: '1 h', name: '1 hour', seconds: 3600 }],
  ['all', { label: 'All', name: 'all there is', seconds: Infinity }],
]);

/** How fields share plots. */
export const LAYOUTS = new Map([
  ['together', { label: 'Together', name: 'all fields in one plot' }],
  ['groups', { label: 'Groups', name: 'a plot for each group of fields' }],
  ['apart', { label: 'Apart', name: 'a plot for each field' }],
]);

/** `fields: null` until somebody chose; `axis: null` is the hub's time. */
export const USUAL = Object.freeze({ fields: null, window: '1m', layout: 'groups', axis: null });

/** @param {string} query `location.search` @param {object|null} remembered of this room @returns {typeof USUAL} */
export function settingsFrom(query, remembered) {
  const linked = parse(query);
  return sound({ ...USUAL, ...(Object.keys(linked).length > 0 ? linked : remembered) });
}

/** The query with these settings in it; what else stands there is kept. */
export function queryWith(query, settings) {
  const others = parts(query).filter(([name]) => !(name in USUAL));
  const own = Object.entries(settings)
    .filter(([name, value]) => value !== USUAL[name])
    .map(([name, value]) => [name, Array.isArray(value) ? value.map(encode).join(',') : encode(value)]);
  const words = [...others, ...own].map(([name, value]) => (value === undefined ? name : `${name}=${value}`));
  return words.length > 0 ? `?${words.join('&')}` : '';
}

function parse(query) {
  const settings = {};
  for (const [name, value] of parts(query)) {
    if (!(name in USUAL) || value === undefined) continue;
    settings[name] = name === 'fields' ? value.split(',').filter(Boolean).map(decode) : decode(value);
  }
  return settings;
}

function parts(query) {
  return query.replace(/^\?/, '').split('&').filter(Boolean).map((part) => {
    const at = part.indexOf('=');
    return at < 0 ? [part] : [part.slice(0, at), part.slice(at + 1)];
  });
}

/** Replaces what nobody could have chosen here: links are typed by hand and memory is of other versions. */
function sound({ fields, window, layout, axis }) {
  const isNames = Array.isArray(fields) && fields.every((field) => typeof field === 'string');
  return {
    fields: isNames ? fields : USUAL.fields,
    window: WINDOWS.has(window) ? window : USUAL.window,
    layout: LAYOUTS.has(layout) ? layout : USUAL.layout,
    axis: typeof axis === 'string' && axis !== '' ? axis : USUAL.axis,
  };
}

/** As `encodeURIComponent`, but leaving brackets readable as browsers do. */
function encode(word) {
  return encodeURIComponent(word).replaceAll('%5B', '[').replaceAll('%5D', ']').replaceAll('%2F', '/');
}

function decode(word) {
  try {
    return decodeURIComponent(word.replaceAll('+', ' '));
  } catch {
    return word;
  }
}
