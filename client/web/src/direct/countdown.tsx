// For how long it still rings, and for how long one has talked.

import { useEffect, useState } from "react";
import type { CallNow } from "../engine/calling";
import { words } from "../words";
import { lengthOf } from "../words/clock";

const TICK_MS = 500;

function useNow(): number {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** A candle that burns down; only for the eye. */
export function Countdown({ call: { until, ringsMs } }: { call: CallNow }) {
  const left = Math.max(0, until - useNow());
  if (ringsMs === 0) return null;
  const share = Math.min(1, left / ringsMs);
  return (
    <p className="ring-left" aria-hidden="true">
      <i ref={(bar) => bar?.style.setProperty("--left", String(share))} />
      {words.call.left(Math.ceil(left / 1000))}
    </p>
  );
}

/** "4:12", without being said each second. */
export function Talked({ since }: { since: number }) {
  return (
    <span className="num" role="timer" aria-live="off" aria-label={words.call.length}>
      {lengthOf(Math.max(0, useNow() - since))}
    </span>
  );
}
