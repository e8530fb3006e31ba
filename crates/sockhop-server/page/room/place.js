/** Where in the page somebody is, as an address and back. Pure. */

export const LOBBY = 'lobby';
const VIEWS = ['plot', 'pad'];

/**
 * @param {{pathname: string, search: string, hash: string}} url
 * @returns {{glance: boolean, room: string, seq: number|null, view: 'plot'|'pad'|'direct'|null, nick: string|null}}
 *   `view` is what is opened beside or over the room; `nick` is with whom, for `direct`
 */
export function parsePlace({ pathname, search, hash }) {
  const path = pathname.replace(/^\/+|\/+$/g, '');
  const query = new URLSearchParams(search);
  const nick = query.get('direct') || null;
  return {
    glance: path === '-' || path.startsWith('-/'),
    room: path === '' || path.startsWith('-') ? LOBBY : path.split('/').map(decode).join('/'),
    seq: /^#[1-9]\d*$/.test(hash) ? Number(hash.slice(1)) : null,
    view: nick ? 'direct' : VIEWS.find((name) => query.has(name)) ?? null,
    nick,
  };
}

/** The secret of the hub that a link brings, or null. @param {{hash: string}} url */
export function secretIn({ hash }) {
  const brought = /^#secret=(.+)$/.exec(hash)?.[1];
  return brought ? decode(brought) : null;
}

/** The address of a room, of a view of it, or of one of its messages. */
export function roomPath(room, { view, nick, seq } = {}) {
  const path = `/${room.split('/').map(encodeURIComponent).join('/')}`;
  const query = view === 'direct' ? `?direct=${encodeURIComponent(nick)}` : view ? `?${view}` : '';
  return `${path}${query}${seq ? `#${seq}` : ''}`;
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
