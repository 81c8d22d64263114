// The meter and the threshold of what is sent, as one control.

import { useStore } from "zustand";
import type { Hearth } from "../engine/hearth";
import { decibel } from "../engine/level";
import { settings } from "../engine/stores";
import { Meter } from "../look/meter";
import { words } from "../words";

export function Gate({ hearth }: { hearth: Hearth }) {
  const threshold = useStore(settings, (state) => state.threshold);
  const percent = Math.round(threshold * 100);
  const said = percent === 0 ? words.settings.gateOff : words.settings.decibel(decibel(threshold));
  return (
    <div className="gate">
      <Meter tall />
      <input
        type="range"
        className="range gate-r"
        aria-label={words.settings.gate}
        aria-valuetext={said}
        min={0}
        max={100}
        value={percent}
        onChange={(event) => {
          settings.setState({ threshold: Number(event.target.value) / 100 });
          void hearth.microphone.gate();
        }}
      />
      <p className="gate-t">
        <span>{percent === 0 ? words.settings.gateOffHint : words.settings.gateHint}</span>
        <span className="num" aria-hidden="true">
          {percent > 0 && said}
        </span>
      </p>
    </div>
  );
}
