/** A private conversation. */

import { h, icon, printable } from '../dom.js';
import { Composer } from './composer.js';
import { messageElement } from './message.js';
import { roomPath } from './place.js';
import { saidElement } from './said.js';

/** @returns {{close: () => void, focus: () => void}} */
export function openTalk(container, { hub, room, nick, directs, say, navigate }) {
  const list = h('div', { class: 'scroller', role: 'log', 'aria-live': 'polite', 'aria-label': `Private messages with ${nick}`, tabindex: '0' });
  const back = h('a', { class: 'icon-button', href: roomPath(room), 'aria-label': 'Back to the room' }, icon('close'));
  const head = h('header', { class: 'talk-head' }, h('h2', null, 'Private: ', h('bdi', { text: printable(nick) })),
    h('p', { class: 'muted', text: 'Between the two of you. Nobody keeps it: it is gone when this tab is closed.' }), back);
  const composer = new Composer({
    hub, navigate, draft: `@${nick}`, to: `to ${printable(nick)} alone`,
    // An action has no meaning between two.
    say: (text) => directs.say(nick, text),
    tell: (to, text) => say(to, text),
  });
  container.append(h('section', { class: 'talk', dataset: { view: 'direct' } }, head, h('div', { class: 'log' }, list), composer.element));

  let frame = 0;
  const render = () => {
    frame = 0;
    list.replaceChildren(...directs.with(nick).map(element));
    list.scrollTop = list.scrollHeight;
  };
  const element = (message) => {
    if (message.state === 'said') return messageElement(message, hub.isOwn(message.from));
    const problem = message.state === 'pending' ? null : message.state;
    return saidElement(message, problem, { isOpen: hub.state === 'open', retry: () => directs.retry(nick, message) });
  };
  const schedule = () => {
    frame ||= requestAnimationFrame(render);
  };
  const stops = [
    directs.onChange((_, change) => (change?.renamed ? navigate(roomPath(room, { view: 'direct', nick: change.renamed }), { replace: true }) : schedule())),
    hub.on('state', schedule),
  ];
  directs.enter(nick);
  render();
  return {
    focus: () => composer.focus(),
    close: () => {
      cancelAnimationFrame(frame);
      stops.forEach((stop) => stop());
      directs.enter(null);
      composer.close();
    },
  };
}
