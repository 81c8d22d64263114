// What one's own microphone picks up.

import { useEffect, useRef } from "react";
import { words } from "../words";
import { useLevel } from "./level";

/** How often the value is told to assistive technology, ms. */
const TOLD_EVERY_MS = 500;

export function Meter({ tall }: { tall?: boolean }) {
  const element = useRef<HTMLDivElement>(null);
  const level = useLevel("capture");
  useEffect(() => {
    const timer = setInterval(() => {
      const value = Number(element.current?.style.getPropertyValue("--level") || 0);
      element.current?.setAttribute("aria-valuenow", String(Math.round(value * 100)));
    }, TOLD_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <div
      ref={(meter) => {
        element.current = meter;
        return level(meter);
      }}
      className={`meter ${tall ? "tall" : ""}`}
      role="meter"
      aria-label={words.join.level}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={0}
    >
      <i />
    </div>
  );
}
