/** The rules for names of rooms and people, said in words. Pure; the hub judges in the end. */

const ROOM_BYTES_MAX = 255;
const NICK_CHARS_MAX = 32;
const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

/** What is wrong with a room's name, or null. @param {string} name */
export function roomFault(name) {
  if (name === '') return 'A room needs a name.';
  if (new TextEncoder().encode(name).length > ROOM_BYTES_MAX) return `That is too long: a room name has at most ${ROOM_BYTES_MAX} bytes.`;
  if (/^[$-]/.test(name)) return 'Names that start with $ or - belong to the hub. Start with another character.';
  if (/[#+]/.test(name)) return 'A room name holds no # and no +: they stand for many rooms at once.';
  if (name.split('/').includes('')) return 'Slashes stand between two words: none at an end, and no two in a row.';
  if (name.split('/').some((level) => level === '.' || level === '..')) return 'No part of a room name is . or .. here: an address goes elsewhere by them.';
  return UNPRINTABLE.test(name) ? 'A room name holds no control characters.' : null;
}

/** What is wrong with a nick, or null. @param {string} name */
export function nickFault(name) {
  if (name === '') return 'A nick needs at least one character.';
  if ([...name].length > NICK_CHARS_MAX) return `That is too long: a nick has at most ${NICK_CHARS_MAX} characters.`;
  return /\s/u.test(name) || UNPRINTABLE.test(name) ? 'A nick holds no spaces and no control characters.' : null;
}

/** A refusal of the hub as a sentence or two. @param {{message: string, hint?: string}} refusal */
export function sentence({ message, hint }) {
  const say = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/[.!]$/, '')}.`;
  // Some hints name commands that only other protocols have.
  return hint && !/`|\/who|--/.test(hint) ? `${say(message)} ${say(hint)}` : say(message);
}
