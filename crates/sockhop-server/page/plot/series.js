/**
 * The numbers in a message, each with a name: what a plot can draw of it.
 *
 *   21.5                             value = 21.5
 *   1.5, 2.5 3.5                     value[0] = 1.5, value[1] = 2.5, value[2] = 3.5
 *   t=21.5 h=40%                     t = 21.5, h = 40
 *   {"imu": {"accel": {"x": 0.1}}}   imu.accel.x = 0.1
 *   {"axes": [0.5, -1]}              axes[0] = 0.5, axes[1] = -1
 *   true                             value = 1
 *
 * Pure. A sentence that has a number in it is no measurement and gives nothing.
 */

const JSON_LENGTH_MAX = 65_536;
const LINE_LENGTH_MAX = 4096;
const NAME_LENGTH_MAX = 200;
const NUMBERS_MAX = 128;
const ITEMS_MAX = 32;
const DEPTH_MAX = 8;

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const UNIT = /^(?!x)[°%µΩa-z][a-z°%µΩ/²³^0-9]{0,4}$/i;
const MEASURED = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)((?!x)[°%µΩa-z][a-z°%µΩ/²³^0-9]{0,4})?$/i;
const NAMED = /([\p{L}_$][\p{L}\p{N}_$.[\]/-]{0,99})[ \t]{0,9}([=:])[ \t]{0,9}([^\s,;|=:]+)/gu;

/**
 * @param {{text?: string}} message
 * @returns {[name: string, value: number][]} in the order they stand in the message
 */
export function numbersOf({ text }) {
  if (typeof text !== 'string' || text.length > JSON_LENGTH_MAX) return [];
  const trimmed = text.trim();
  const fromJson = ofJson(trimmed);
  if (fromJson || trimmed.length > LINE_LENGTH_MAX) return fromJson ?? [];
  return ofNames(trimmed) ?? ofColumns(trimmed) ?? [];
}

/** Null if the text is not JSON at all. */
function ofJson(text) {
  if (!/^[[{"tf\d-]/.test(text)) return null;
  try {
    const numbers = [];
    flatten('', JSON.parse(text), 0, numbers);
    return numbers;
  } catch {
    return null;
  }
}

function flatten(path, value, depth, numbers) {
  if (numbers.length >= NUMBERS_MAX || path.length > NAME_LENGTH_MAX) return;
  const number = asNumber(value);
  if (number !== null) {
    numbers.push([path || 'value', number]);
  } else if (depth < DEPTH_MAX && Array.isArray(value)) {
    const items = Math.min(value.length, ITEMS_MAX);
    for (let i = 0; i < items; i += 1) flatten(`${path || 'value'}[${i}]`, value[i], depth + 1, numbers);
  } else if (depth < DEPTH_MAX && value !== null && typeof value === 'object') {
    for (const key of Object.keys(value)) flatten(path ? `${path}.${key}` : key, value[key], depth + 1, numbers);
  }
}

function asNumber(value) {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string' && NUMBER.test(value)) return finite(value);
  return null;
}

/** `name=number` anywhere in a line; `name: number` only where the line holds nothing else, as in a chat it would be prose. */
function ofNames(text) {
  const numbers = [];
  let isLoose = false;
  const rest = text.replace(NAMED, (pair, name, sign, word) => {
    const number = ofWord(word);
    if (number === null) return pair;
    if (sign === ':') isLoose = true;
    if (numbers.length < NUMBERS_MAX) numbers.push([name, number]);
    return '';
  });
  if (numbers.length === 0) return null;
  const words = rest.split(/[\s,;|]+/).filter((word) => word !== '' && !UNIT.test(word) && !isVoid(word));
  return isLoose && words.length > 0 ? null : numbers;
}

/** Bare numbers between spaces, commas or semicolons, each perhaps with a unit behind it. */
function ofColumns(text) {
  const values = [];
  const words = text.split(/[\s,;|]+/).filter((word) => word !== '');
  for (let i = 0; i < words.length; i += 1) {
    const number = ofWord(words[i]);
    if (number !== null) values.push(number);
    else if (isVoid(words[i])) values.push(null);
    else if (i === 0 || !UNIT.test(words[i]) || !NUMBER.test(words[i - 1])) return null;
    if (values.length > ITEMS_MAX) return null;
  }
  if (values.length === 1) return values[0] === null ? null : [['value', values[0]]];
  return values.flatMap((value, i) => (value === null ? [] : [[`value[${i}]`, value]]));
}

function ofWord(word) {
  if (word === 'true') return 1;
  if (word === 'false') return 0;
  const measured = MEASURED.exec(word);
  return measured ? finite(measured[1]) : null;
}

/** What sensors put where they have no value. */
function isVoid(word) {
  return /^(?:[+-]?(?:nan|inf(?:inity)?)|null|none|-)$/i.test(word);
}

function finite(text) {
  const number = Number(text);
  return Number.isFinite(number) ? number : null;
}
