/**
 * Who a tab is to the hub: its token, its nick, the last id it used.
 *
 * The token is in the browser's storage only while nobody uses it: a tab takes it out when it opens and
 * puts it back when it is hidden or closed. So a reloaded tab, or one opened soon after another was
 * closed, is who it was; and a duplicated tab is somebody else, not a thief of the first one's session.
 */

import { isText, lasting, tab } from '../storage.js';

/** The hub holds the nick of a lost session so long. */
const HELD_MS = 60_000;

export class Identity {
  #token;
  #nicks = [];

  /** @param {string} [nick] the one wished for; else the one last chosen in this browser */
  constructor(nick) {
    const parked = unpark();
    this.#token = parked?.token ?? newToken();
    this.lastId = parked?.lastId ?? 0;
    this.nick = nick ?? parked?.nick ?? lasting.get('nick', isText) ?? undefined;
    addEventListener('pagehide', () => this.#park(tab, lasting));
    addEventListener('pageshow', (event) => event.persisted && unpark());
    // A phone may end a hidden tab without a word.
    document.addEventListener('visibilitychange', () => (document.hidden ? this.#park(tab) : tab.remove('session')));
  }

  get token() {
    return this.#token;
  }

  /** A number never used before in this session: by it, the hub knows what it was told already. */
  nextId() {
    this.lastId += 1;
    return this.lastId;
  }

  isOwn(nick) {
    return this.#nicks.includes(nick);
  }

  welcome({ nick, session }) {
    this.#token = session ?? this.#token;
    this.go(nick);
  }

  /** We go by this nick now. */
  go(nick) {
    this.nick = nick;
    if (!this.isOwn(nick)) this.#nicks.push(nick);
  }

  /** This nick was chosen by a person, and is wished for the next time too. */
  choose(nick) {
    this.go(nick);
    lasting.set('nick', nick);
  }

  /** The hub refuses the token. Ids go on: what waits to be said has its own already. */
  renew() {
    this.#token = newToken();
  }

  #park(...stores) {
    const parked = { token: this.#token, nick: this.nick, lastId: this.lastId, at: Date.now() };
    for (const store of stores) store.set('session', parked);
  }
}

/** Takes the session of this tab before it was reloaded, else that of a tab closed just now. */
function unpark() {
  const own = tab.get('session', isParked);
  const left = lasting.get('session', isParked);
  tab.remove('session');
  if (left && (!own || own.token === left.token)) lasting.remove('session');
  return own ?? (left && Date.now() - left.at < HELD_MS ? left : null);
}

const isParked = (kept) => isText(kept.token) && (kept.nick === undefined || isText(kept.nick))
  && Number.isSafeInteger(kept.lastId) && Number.isFinite(kept.at);

/** `crypto.randomUUID` is not there on a plain http address of the local network. */
function newToken() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
