// Microphone and speaker at the door: chosen, seen and heard before anybody else hears them.

import { Check, Mic, Play } from "lucide-react";
import { useEffect, useState } from "react";
import { useStore } from "zustand";
import type { Hearth } from "../engine/hearth";
import { play } from "../engine/sounds";
import { devices, settings } from "../engine/stores";
import { DeviceChoice } from "../look/choice";
import { Meter } from "../look/meter";
import { words } from "../words";

const HEARD_EVERY_MS = 150;

export function Devices({ hearth }: { hearth: Hearth }) {
  const { microphones } = useStore(devices);
  const { microphone, comeInMuted } = useStore(settings);
  return (
    <div className="device">
      <DeviceChoice
        label={words.join.microphone}
        devices={microphones}
        chosen={microphone}
        onchoose={(id) => {
          settings.setState({ microphone: id });
          void hearth.microphone.open();
        }}
      />
      <div className="meter-row">
        <Mic />
        <Meter />
        <Heard hearth={hearth} />
      </div>
      <SpeakerChoice hearth={hearth} label={words.join.speaker} />
      <label className="check">
        <input
          type="checkbox"
          checked={comeInMuted}
          onChange={(event) => settings.setState({ comeInMuted: event.target.checked })}
        />
        <span>{words.join.muted}</span>
      </label>
    </div>
  );
}

/** The speaker, with a sound to try it. */
export function SpeakerChoice({ hearth, label }: { hearth: Hearth; label: string }) {
  const { speakers } = useStore(devices);
  const { speaker } = useStore(settings);
  return (
    <div className="with-btn">
      <DeviceChoice
        label={label}
        devices={speakers}
        chosen={speaker}
        onchoose={(id) => {
          settings.setState({ speaker: id });
          void hearth.voices.choose(id);
        }}
      />
      <button className="btn quiet" type="button" onClick={() => void play("test", speaker)}>
        <Play />
        {words.join.test}
      </button>
    </div>
  );
}

/** What the meter says in words; before the microphone is open, the way to open it. */
function Heard({ hearth }: { hearth: Hearth }) {
  const { microphone } = useStore(devices);
  const [heard, setHeard] = useState(false);
  useEffect(() => {
    setHeard(false);
    if (microphone !== "open") return;
    const timer = setInterval(() => {
      if (hearth.microphone.envelope.speaking) setHeard(true);
    }, HEARD_EVERY_MS);
    return () => clearInterval(timer);
  }, [hearth, microphone]);
  if (microphone !== "open") {
    return (
      <button
        className="btn quiet small"
        type="button"
        disabled={microphone === "asking"}
        onClick={() => void hearth.microphone.open()}
      >
        {words.join.check}
      </button>
    );
  }
  if (!heard) return <span className="meter-say">{words.join.quiet}</span>;
  return (
    <span className="meter-say good">
      <Check />
      {words.join.hears}
    </span>
  );
}
