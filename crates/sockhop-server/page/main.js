/** The page: one session with the hub, the rooms beside it, and in the middle the place its address names. */

import { clear, h, icon, printable } from './dom.js';
import { Hub } from './hub.js';
import { isText, lasting } from './storage.js';
import { Connection } from './room/connection.js';
import { Directs } from './room/directs.js';
import { roomFault } from './room/names.js';
import { Outbox } from './room/outbox.js';
import { LOBBY, parsePlace, roomPath, secretIn } from './room/place.js';
import { askSecret } from './room/secret.js';
import { Sidebar } from './room/sidebar.js';
import { toast } from './room/toast.js';
import { RoomView } from './room/view.js';
import { Visits } from './room/visits.js';

const hub = new Hub({ url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/-/ws`, secret: takeSecret() ?? lasting.get('secret', isText) });
const outbox = new Outbox(hub);
const visits = new Visits(hub, outbox);
const directs = new Directs(hub);
const connection = new Connection(hub);
const sidebar = new Sidebar({ hub, visits, directs, navigate });
const main = h('main', { id: 'main' });
const themeButton = h('button', { class: 'icon-button', type: 'button', on: { click: turnTheme } });
const glanceLink = h('a', { class: 'button quiet', href: '/-/', title: 'Connections and rooms at a glance' }, icon('gauge'), 'Glance');

let place = null;
let room = null;
let glance = null;

build();
listen();
route();

function build() {
  const brand = h('a', { class: 'brand', href: '/' }, h('img', { src: '/-/assets/icon.svg', alt: '', width: '28', height: '28' }), h('span', { text: 'Sockhop' }));
  const side = h('div', { class: 'side' }, h('div', { class: 'side-head' }, brand, themeButton), sidebar.element,
    h('div', { class: 'side-foot' }, connection.badge, glanceLink));
  const shade = h('div', { class: 'shade', on: { click: closeDrawer } });
  document.body.append(h('div', { class: 'shell' }, side, shade, h('div', { class: 'page' }, connection.banner, main)));
  showTheme();
}

function listen() {
  addEventListener('popstate', arrive);
  document.addEventListener('click', followLink);
  document.addEventListener('keydown', pressKey);
  document.addEventListener('themechange', showTheme);
  visits.onChange(({ resumed }) => {
    if (resumed) connection.resumed(resumed);
    showTitle();
  });
  directs.onChange(showTitle);
  hub.on('state', ({ state }) => {
    if (state !== 'refused') return;
    // Anybody can write a link with a secret: the one that has let us in before is not given up for it.
    const kept = lasting.get('secret', isText);
    if (kept && kept !== hub.secret) queueMicrotask(() => hub.present(kept));
    else askSecret(hub);
  });
  hub.on('welcome', () => hub.secret && lasting.set('secret', hub.secret));
  hub.on('nick_refused', ({ nick, code }) => {
    const why = code === 'nick_taken' ? `Somebody is called ${printable(nick)} already, maybe you in another tab` : `Nobody can be called ${printable(nick)}`;
    const stop = hub.on('welcome', () => {
      stop();
      toast(`${why}. You are ${printable(hub.nick)} here.`);
    });
  });
  // Some phones lay their keyboard over a page without telling it to shrink.
  visualViewport?.addEventListener('resize', () => {
    document.body.style.setProperty('--height', visualViewport.scale === 1 ? `${visualViewport.height}px` : '');
    scrollTo(0, 0);
  });
}

/** Somebody went back, or put another address into the bar. */
function arrive() {
  const secret = takeSecret();
  if (secret !== null) hub.present(secret);
  route();
}

/** Goes to another address of the page. */
function navigate(path, { replace = false } = {}) {
  if (replace) history.replaceState(null, '', path);
  else if (path !== location.pathname + location.search + location.hash) history.pushState(null, '', path);
  route();
}

function route() {
  place = parsePlace(location);
  closeDrawer();
  if (place.glance) showGlance();
  else showRoom();
  sidebar.show(place);
  mark(glanceLink, place.glance);
  showTitle();
}

function showRoom() {
  closeGlance();
  const fault = roomFault(place.room);
  if (fault) {
    closeRoom();
    visits.enter(null);
    main.replaceChildren(h('div', { class: 'lost' }, h('h1', { text: 'This cannot be a room' }), h('p', { text: fault }), h('a', { class: 'button primary', href: roomPath(LOBBY), text: 'Go to the lobby' })));
    return;
  }
  visits.enter(place.room);
  if (room?.name === place.room) {
    room.view.show(place);
    return;
  }
  closeRoom();
  clear(main);
  room = { name: place.room, view: new RoomView({ container: main, hub, room: place.room, place, outbox, directs, navigate, onMenu: openDrawer }) };
  if (!place.view && !place.seq && matchMedia('(pointer: fine)').matches) room.view.composer.focus();
}

async function showGlance() {
  closeRoom();
  visits.enter(null);
  if (glance) return;
  const container = h('div', { class: 'glance-place' });
  const menu = h('button', { class: 'icon-button menu', type: 'button', 'aria-label': 'Rooms', on: { click: openDrawer } }, icon('menu'));
  main.replaceChildren(h('header', { class: 'room-head' }, menu, h('h1', { text: 'The hub at a glance' })), container);
  const opened = { view: null };
  glance = opened;
  const { open } = await import('/-/assets/glance/view.js');
  if (glance === opened) opened.view = open(container, { hub, room: null, navigate });
}

function closeRoom() {
  room?.view.close();
  room = null;
}

function closeGlance() {
  glance?.view?.close();
  glance = null;
}

function showTitle() {
  const unread = visits.unreadCount + directs.unreadCount;
  const name = place?.glance ? 'At a glance' : printable(place?.nick ?? place?.room ?? '');
  document.title = `${unread > 0 ? `(${unread}) ` : ''}${name} · Sockhop`;
  document.body.classList.toggle('has-unread', unread > 0);
}

/** Links to other places of this page do not load it anew. */
function followLink(event) {
  const link = event.target.closest('a[href]');
  const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (!link || !isPlain || event.defaultPrevented || link.target || link.hasAttribute('download')) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || (url.pathname.startsWith('/-/') && url.pathname !== '/-/')) return;
  event.preventDefault();
  navigate(url.pathname + url.search + url.hash);
}

function pressKey(event) {
  const isTyping = event.target.closest?.('input, textarea, select, [contenteditable]');
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
    event.preventDefault();
    openDrawer();
    sidebar.focus();
  } else if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
    event.preventDefault();
    const next = sidebar.neighbour(event.key === 'ArrowUp' ? -1 : 1);
    if (next) navigate(roomPath(next));
  } else if (event.key === '/' && !isTyping && room) {
    event.preventDefault();
    room.view.openSearch();
  } else if (event.key === 'Escape' && !event.defaultPrevented && !document.querySelector('dialog[open]')) {
    if (!closeDrawer()) room?.view.escape();
  }
}

function openDrawer() {
  document.body.classList.add('drawer-open');
}

/** Whether it was open. */
function closeDrawer() {
  const wasOpen = document.body.classList.contains('drawer-open');
  document.body.classList.remove('drawer-open');
  return wasOpen && matchMedia('(max-width: 760px), (max-height: 500px)').matches;
}

function turnTheme() {
  const theme = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
  lasting.set('theme', theme);
  document.documentElement.dataset.theme = theme;
  document.dispatchEvent(new Event('themechange'));
}

function showTheme() {
  const isDark = document.documentElement.dataset.theme === 'dark';
  const label = isDark ? 'Light colours' : 'Dark colours';
  themeButton.replaceChildren(icon(isDark ? 'sun' : 'moon'));
  themeButton.title = label;
  themeButton.setAttribute('aria-label', label);
}

/** A link may bring the hub's secret: it is taken out of the address bar. */
function takeSecret() {
  const secret = secretIn(location);
  if (secret === null) return null;
  history.replaceState(null, '', location.pathname + location.search);
  return secret;
}

function mark(link, isCurrent) {
  if (isCurrent) link.setAttribute('aria-current', 'page');
  else link.removeAttribute('aria-current');
}
