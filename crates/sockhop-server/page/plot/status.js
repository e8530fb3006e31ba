/** How a plot goes, in a few words. Pure. */

import { formatCount, formatDuration } from '../dom.js';
import { rowsWithin } from './sample.js';
import { formatRate } from './words.js';

/** Silence that is worth a word. */
const SILENCE_S = 3;
const RATE_S = 5;
/** History for less than this is there in a moment. */
const READING_S = 60;

/** @param {{look: object, feed: object, scope: object, store: object}} parts of one plot view */
export function statusOf({ look, feed, scope, store }) {
  const { span } = scope;
  if (feed.isReading && span.window_s > READING_S) return `Reading history, ${Math.round(feed.progress * 100)} %`;
  if (span.isHeld) return 'Paused. What comes meanwhile is kept.';
  const count = `${store.isTrimmed ? 'newest ' : ''}${formatCount(store.length)} ${store.length === 1 ? 'message' : 'messages'}`;
  if (!scope.isLive) return count;
  if (look.silence > SILENCE_S) return `Silent for ${formatDuration(look.silence * 1e6)}`;
  const rate = rateOf(look);
  return rate === null ? count : `${formatRate(rate)} · ${count}`;
}

/** Messages a second over the last few; null while there are too few to tell. */
function rateOf({ x, last }) {
  const [start, end] = rowsWithin(x, last - RATE_S, Infinity);
  const elapsed = last - x[start];
  return elapsed > 1 ? (end - start - 1) / elapsed : null;
}
