/**
 * The numbers of one room, in columns: a row for each message that had any, oldest first.
 *
 *            time      seq   value   t      h
 *   row 0    …02.010   41    NaN     21.5   40      NaN: this message did not have that field
 *   row 1    …02.020   42    3.2     NaN    NaN
 *
 * Columns lie in one piece of memory with room at both ends, so that the live feed appends, history
 * prepends and a plot reads without a modulo. Bounded: beyond `rows_max` rows or `cells_max` numbers the
 * oldest rows go; beyond `fields_max` new fields are not taken. Pure: no clock, no DOM.
 */

const ROWS_MAX = 200_000;
const CELLS_MAX = 4_000_000;
const FIELDS_MAX = 256;

export class Store {
  /** Field name → its column. @type {Map<string, Float64Array>} */
  #columns = new Map();
  #time = new Float64Array(1024);
  #seq = new Float64Array(1024);
  #start = 0;
  #end = 0;
  #limits;

  constructor({ rows_max = ROWS_MAX, cells_max = CELLS_MAX, fields_max = FIELDS_MAX } = {}) {
    this.#limits = { rows_max, cells_max, fields_max };
    /** Counts changes, so that a reader knows whether there is something new. */
    this.version = 0;
    /** Whether old rows were dropped to stay within bounds. */
    this.isTrimmed = false;
  }

  /** How many rows there are. */
  get length() {
    return this.#end - this.#start;
  }

  /** Names of the fields, in the order in which they were first seen. */
  get fields() {
    return [...this.#columns.keys()];
  }

  get fieldCount() {
    return this.#columns.size;
  }

  /** Whether there is no room for an older row. */
  get isFull() {
    return this.length >= this.#rowsMax();
  }

  /** Hub time of each row, in seconds since the Unix epoch. Valid until the next change. */
  get time() {
    return this.#time.subarray(this.#start, this.#end);
  }

  /** The seq of each row; NaN for messages that have none. */
  get seq() {
    return this.#seq.subarray(this.#start, this.#end);
  }

  has(field) {
    return this.#columns.has(field);
  }

  /** The values of a field, a number or NaN for each row. Valid until the next change. */
  column(field) {
    return this.#columns.get(field)?.subarray(this.#start, this.#end) ?? new Float64Array(this.length).fill(NaN);
  }

  /**
   * Adds a row behind the newest.
   * @param {{time: number, seq: number, numbers: [string, number][]}} row
   */
  append(row) {
    if (this.length >= this.#rowsMax()) this.#trim(this.length - this.#rowsMax() + 1);
    if (this.#end === this.#time.length) this.#makeRoom(0, 1);
    this.#write(this.#end, row);
    this.#end += 1;
    this.version += 1;
  }

  /** Puts rows, oldest first, before the oldest; as many of the newer ones as there is room for. */
  prepend(rows) {
    const room = Math.max(0, this.#rowsMax() - this.length);
    const kept = rows.length > room ? rows.slice(rows.length - room) : rows;
    if (kept.length < rows.length) this.isTrimmed = true;
    if (this.#start < kept.length) this.#makeRoom(kept.length, 0);
    this.#start -= kept.length;
    kept.forEach((row, i) => this.#write(this.#start + i, row));
    this.version += 1;
  }

  clear() {
    this.#start = this.#end;
    this.#columns.clear();
    this.isTrimmed = false;
    this.version += 1;
  }

  #rowsMax() {
    const { rows_max, cells_max } = this.#limits;
    return Math.min(rows_max, Math.floor(cells_max / (this.#columns.size + 2)));
  }

  #write(at, { time, seq, numbers }) {
    this.#time[at] = time;
    this.#seq[at] = seq ?? NaN;
    for (const column of this.#columns.values()) column[at] = NaN;
    for (const [field, value] of numbers) {
      const column = this.#columns.get(field) ?? this.#addField(field);
      if (column) column[at] = value;
    }
  }

  #addField(field) {
    if (this.#columns.size >= this.#limits.fields_max) return null;
    const column = new Float64Array(this.#time.length).fill(NaN);
    this.#columns.set(field, column);
    return column;
  }

  #trim(count) {
    this.#start += count;
    this.isTrimmed = true;
  }

  /** Moves what is kept to where there is room before and behind it; by a part of its size, so that moving stays rare. */
  #makeRoom(before, behind) {
    const { length } = this;
    const slack = Math.max(1024, Math.ceil(length / 2));
    const start = before > 0 ? before + slack : Math.min(this.#start, slack);
    const capacity = start + length + behind + slack;
    const move = (column) => {
      const moved = new Float64Array(capacity).fill(NaN);
      moved.set(column.subarray(this.#start, this.#end), start);
      return moved;
    };
    this.#time = move(this.#time);
    this.#seq = move(this.#seq);
    for (const [field, column] of this.#columns) this.#columns.set(field, move(column));
    this.#start = start;
    this.#end = start + length;
  }
}
