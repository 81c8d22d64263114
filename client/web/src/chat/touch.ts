// A finger that rests on something: what a pointer's other button is elsewhere.

import { type PointerEvent, useRef } from "react";

/** Resting so long is a wish, ms. */
const REST_MS = 500;
/** Moving so far is scrolling, px. */
const MOVED_PX = 10;

/** What belongs on the element; `onrest` gets the row that the finger rests on. */
export function useLongPress(onrest: (row: HTMLElement) => void) {
  const under = useRef<{ timer: ReturnType<typeof setTimeout>; x: number; y: number }>(undefined);
  const over = () => clearTimeout(under.current?.timer);
  return {
    onPointerDown: (event: PointerEvent) => {
      over();
      if (event.pointerType === "mouse" || !(event.target instanceof Element)) return;
      if (event.target.closest("button, a, audio, input")) return;
      const row = event.target.closest<HTMLElement>("[data-row]");
      if (!row) return;
      const timer = setTimeout(() => onrest(row), REST_MS);
      under.current = { timer, x: event.clientX, y: event.clientY };
    },
    onPointerMove: (event: PointerEvent) => {
      const { x = 0, y = 0 } = under.current ?? {};
      if (Math.hypot(event.clientX - x, event.clientY - y) > MOVED_PX) over();
    },
    onPointerUp: over,
    onPointerCancel: over,
  };
}
