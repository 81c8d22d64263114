// Seconds that are left, counted down for the eye.

import { useEffect, useState } from "react";

/** How many are left until then, by the clock in ms that it was told by; 0 when it is past. */
export function useSeconds(until: number | undefined, clock: () => number = Date.now): number {
  const left = until === undefined ? 0 : Math.max(0, Math.ceil((until - clock()) / 1_000));
  const [, tick] = useState(0);
  const counts = left > 0;
  useEffect(() => {
    if (!counts) return;
    const timer = setInterval(() => tick((count) => count + 1), 250);
    return () => clearInterval(timer);
  }, [counts]);
  return left;
}
