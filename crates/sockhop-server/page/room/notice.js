/** Who came, went and was renamed: one quiet line, which folds when much of it comes in a row. */

import { formatCount, formatTime, h, printable } from '../dom.js';

const SHOWN_MAX = 3;
const KEPT_MAX = 100;
const notices = new WeakMap();

/** @param {object} event `joined`, `left`, `renamed`, `presence`, or `{type: 'said', text}` of the page itself */
export function noticeElement(event) {
  const element = h('div', { class: 'notice' });
  notices.set(element, { came: 0, went: 0, renamed: 0, lines: [] });
  addToNotice(element, event);
  return element;
}

/** Adds to a notice nothing has come after. */
export function addToNotice(element, event) {
  const notice = notices.get(element);
  notice.came += event.type === 'joined' ? 1 : event.joined ?? 0;
  notice.went += event.type === 'left' ? 1 : event.left ?? 0;
  notice.renamed += event.type === 'renamed' ? 1 : 0;
  notice.lines.push(line(event));
  if (notice.lines.length > KEPT_MAX) notice.lines.shift();
  if (notice.lines.length <= SHOWN_MAX) element.append(notice.lines.at(-1));
  else fold(element, notice);
}

function fold(element, { came, went, renamed, lines }) {
  const parts = [came && `${formatCount(came)} came`, went && `${formatCount(went)} went`, renamed && `${formatCount(renamed)} renamed`];
  const summary = parts.filter(Boolean).join(', ') || `${lines.length} notices`;
  const present = element.querySelector('details');
  if (!present) return element.replaceChildren(h('details', null, h('summary', { text: summary }), lines));
  present.firstChild.textContent = summary;
  present.append(lines.at(-1));
  // Beside the summary, no more than is kept.
  if (present.childElementCount > KEPT_MAX + 1) present.children[1].remove();
  return undefined;
}

function line(event) {
  const time = h('time', { text: formatTime(Date.now() * 1000) });
  return h('div', null, ...words(event), ' ', time);
}

function words(event) {
  switch (event.type) {
    case 'joined':
      return [who(event.nick), ' came'];
    case 'left':
      return [who(event.nick), ` left${reason(event.reason)}`];
    case 'renamed':
      return [who(event.nick), ' is now ', who(event.to)];
    case 'presence':
      return [`${formatCount(event.joined)} came, ${formatCount(event.left)} went: ${formatCount(event.members)} are here`];
    default:
      return [event.text];
  }
}

const who = (nick) => h('bdi', { class: 'who', text: printable(nick) });

/** Why a session ended, where it is not the usual reason. */
const REASONS = {
  reset: 'the connection broke',
  silent: 'fell silent',
  timed_out: 'stopped in the middle of a message',
  slow_consumer: 'stopped reading',
  bad_input: 'could not be understood',
  resumed: 'came back on another connection',
  shutdown: 'the hub shut down',
};

const reason = (code) => (REASONS[code] ? `: ${REASONS[code]}` : '');
