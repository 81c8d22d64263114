// Why one cannot speak, where a microphone was asked for inside: what the door says of it.

import { RotateCw } from "lucide-react";
import { useEffect } from "react";
import { useStore } from "zustand";
import type { Hearth } from "../engine/hearth";
import { devices } from "../engine/stores";
import { Layer } from "../look/layer";
import { words } from "../words";
import { MicrophoneNotice, troubleOf } from "./trouble";

export function NoMicrophone({ hearth, onclose }: { hearth: Hearth; onclose: () => void }) {
  const microphone = useStore(devices, (state) => state.microphone);
  const open = microphone === "open";
  // There is one now: what was wanted is one press away.
  useEffect(() => {
    if (open) onclose();
  }, [open, onclose]);
  const trouble = troubleOf(microphone);
  return (
    <Layer className="dialog" onclose={onclose}>
      {(headingId) => (
        <>
          {trouble ? (
            <MicrophoneNotice trouble={trouble} headingId={headingId} />
          ) : (
            <p id={headingId} role="status">
              {words.join.asking}
            </p>
          )}
          <div className="dlg-a">
            {trouble !== "insecure" && (
              <button
                className="btn text"
                type="button"
                disabled={!trouble}
                onClick={() => void hearth.microphone.open()}
              >
                <RotateCw />
                {words.join.again}
              </button>
            )}
            <button className="btn main" type="button" data-first onClick={onclose}>
              {words.close}
            </button>
          </div>
        </>
      )}
    </Layer>
  );
}
