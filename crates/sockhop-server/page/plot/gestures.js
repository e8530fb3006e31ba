/**
 * What hands do to a plot, as shares of its width (0 left, 1 right).
 *
 *   mouse     drag: zoom into what is marked · shift-drag: move · wheel: zoom · double click: all of it again
 *   touch     two fingers: zoom · one finger sideways: move (up and down scrolls the page) · double tap
 *   keyboard  + − zoom · ← → move · 0: all of it again · space: pause
 */

const DRAG_PX_MIN = 5;
const KEY_ZOOM = 0.7;
const KEY_PAN = 0.15;

/**
 * @param {HTMLElement} surface where the lines are drawn
 * @param {HTMLElement} focus the element that takes keys
 * @param {object} hands `mark(from, to)`, `unmark()`, `zoom(from, to)`, `scale(at, factor)`, `pan(share)`, `reset()`,
 *   `pause()`, `grip()` and `letGo()` around every drag, `isScrolling()` whether the wheel belongs to the page
 */
export function handle(surface, focus, hands) {
  const pointers = new Map();
  /** What the pointers do: `mark`, `pan`, `pinch` or nothing. */
  let act = null;

  const share = (clientX) => {
    const { left, width } = surface.getBoundingClientRect();
    return Math.min(1, Math.max(0, (clientX - left) / width));
  };

  surface.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    surface.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, { from: event.clientX, at: event.clientX });
    if (pointers.size === 1) hands.grip();
    const isMark = event.pointerType === 'mouse' && !event.shiftKey;
    act = pointers.size > 1 ? 'pinch' : isMark ? 'mark' : 'pan';
  });

  surface.addEventListener('pointermove', (event) => {
    const pointer = pointers.get(event.pointerId);
    if (!pointer) return;
    const before = pointer.at;
    const others = [...pointers.values()].filter((other) => other !== pointer);
    pointer.at = event.clientX;
    if (Math.abs(pointer.at - pointer.from) >= DRAG_PX_MIN) pointer.isDragged = true;
    if (act === 'pinch' && others.length === 1) pinch(before, pointer.at, others[0].at);
    else if (act === 'mark' && pointer.isDragged) hands.mark(...ordered(share(pointer.from), share(pointer.at)));
    else if (act === 'pan' && pointer.isDragged) hands.pan((before - pointer.at) / surface.clientWidth);
  });

  const release = (event, isDone) => {
    const pointer = pointers.get(event.pointerId);
    if (!pointer) return;
    pointers.delete(event.pointerId);
    if (act === 'mark') {
      hands.unmark();
      if (isDone && pointer.isDragged) hands.zoom(...ordered(share(pointer.from), share(event.clientX)));
    }
    if (pointers.size > 0) return;
    act = null;
    hands.letGo();
  };
  surface.addEventListener('pointerup', (event) => release(event, true));
  surface.addEventListener('pointercancel', (event) => release(event, false));

  function pinch(before, at, still) {
    const was = Math.max(20, Math.abs(before - still));
    const is = Math.max(20, Math.abs(at - still));
    if (was !== is) hands.scale(share(still), was / is);
  }

  surface.addEventListener('dblclick', (event) => {
    event.preventDefault();
    hands.reset();
  });

  surface.addEventListener('wheel', (event) => {
    const isSideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (!isSideways && hands.isScrolling() && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1;
    if (isSideways) hands.pan((event.deltaX * lines) / surface.clientWidth);
    else hands.scale(share(event.clientX), Math.exp(clamp(event.deltaY * lines, 60) * (event.ctrlKey ? 0.01 : 0.004)));
  }, { passive: false });

  const keys = {
    '+': () => hands.scale(0.5, KEY_ZOOM),
    '=': () => hands.scale(0.5, KEY_ZOOM),
    '-': () => hands.scale(0.5, 1 / KEY_ZOOM),
    ArrowLeft: () => hands.pan(-KEY_PAN),
    ArrowRight: () => hands.pan(KEY_PAN),
    0: () => hands.reset(),
    ' ': () => hands.pause(),
  };
  focus.addEventListener('keydown', (event) => {
    if (event.target !== focus || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  });
}

const ordered = (a, b) => (a < b ? [a, b] : [b, a]);
const clamp = (value, most) => Math.min(most, Math.max(-most, value));
