// The composer while one speaks instead of writing: level, time, pause, a look back, send.

import { ArrowUp, Mic, Pause, Square, Trash2 } from "lucide-react";
import { useEffect, useMemo } from "react";
import { useStore } from "zustand";
import type { Hearth } from "../engine/hearth";
import { peaksOf } from "../engine/peaks";
import type { Place } from "../engine/place";
import { type Recording, recordings } from "../engine/recordings";
import { draftId } from "../engine/spoken";
import { session } from "../engine/stores";
import { lay } from "../face";
import { words } from "../words";
import { lengthOf } from "../words/clock";
import { Sound } from "./sound";
import { Waveform } from "./waveform";

/** Levels that are shown while one speaks. */
const SHOWN = 64;

/** Begins a recording; at first, to one's own surprise, the browser may ask for the microphone. */
export function RecordButton({ hearth, place }: { hearth: Hearth; place: Place }) {
  const record = async () => {
    if (!(await hearth.spoken.recordings.begin(place))) lay({ kind: "microphone" });
  };
  return (
    <button
      className="icon-btn"
      type="button"
      aria-label={words.sound.record}
      title={words.sound.record}
      onClick={() => void record()}
    >
      <Mic />
    </button>
  );
}

interface Props {
  hearth: Hearth;
  place: Place;
  reply: number | undefined;
  /** It was sent, or thrown away. */
  ondone: (sent: boolean) => void;
}

export function Recorder({ hearth, place, reply, ondone }: Props) {
  const recording = useStore(recordings, (state) => state[place]);
  // Walking away holds it; it is there when one comes back.
  useEffect(() => () => hearth.spoken.recordings.pause(), [hearth]);
  if (!recording) return null;
  const { phase, take, share = 0, trouble } = recording;
  const discard = () => {
    hearth.spoken.discard(place);
    ondone(false);
  };
  const send = () => void hearth.spoken.send(place, reply).then((sent) => sent && ondone(true));
  const label = phase === "sending" ? `${words.sound.sending}, ${Math.round(share * 100)} %` : "";
  return (
    <>
      {trouble && (
        <p className="about" role="alert">
          <span>{words.sound[trouble]}</span>
        </p>
      )}
      <fieldset
        className="box rec"
        aria-label={words.sound.recording}
        disabled={phase === "sending"}
      >
        <button
          className="btn text"
          type="button"
          aria-label={words.sound.discardLabel}
          onClick={discard}
        >
          <Trash2 />
          <span>{words.sound.discard}</span>
        </button>
        {take ? (
          <Preview hearth={hearth} place={place} take={take} />
        ) : (
          <Live recording={recording} />
        )}
        {!take && <Hold hearth={hearth} place={place} phase={phase} />}
        <button
          className="icon-btn send"
          type="button"
          aria-label={trouble ? words.sound.again : words.sound.send}
          onClick={send}
        >
          <ArrowUp />
        </button>
        {phase === "sending" && (
          <progress className="rec-sent" value={share} max={1} aria-label={label} />
        )}
      </fieldset>
    </>
  );
}

/** Level and time of what is being said. */
function Live({ recording: { phase, elapsedMs, levels } }: { recording: Recording }) {
  const most = useStore(session, (state) => state.limits?.voice_message_ms ?? 300_000);
  const blank = Array.from({ length: Math.max(0, SHOWN - levels.length) }, () => 0);
  const recent = [...blank, ...levels.slice(-SHOWN)];
  return (
    <>
      <p className="rec-t" data-paused={phase === "paused" ? "" : undefined}>
        <span className="rec-dot" aria-hidden="true" />
        <span className="vh" role="status">
          {phase === "paused" ? words.sound.paused : words.sound.now}
        </span>
        {lengthOf(elapsedMs)}
        <span className="rec-max">
          <span className="vh">{words.sound.most}</span> / {lengthOf(most)}
        </span>
      </p>
      <Waveform className="rec-wave" peaks={peaksOf(recent)} />
    </>
  );
}

interface HoldProps {
  hearth: Hearth;
  place: Place;
  phase: Recording["phase"];
}

function Hold({ hearth, place, phase }: HoldProps) {
  const { recordings: recorder } = hearth.spoken;
  return (
    <>
      <button
        className="icon-btn"
        type="button"
        aria-label={phase === "paused" ? words.sound.resume : words.sound.pause}
        onClick={() => (phase === "paused" ? recorder.resume(place) : recorder.pause())}
      >
        {phase === "paused" ? <Mic /> : <Pause />}
      </button>
      <button
        className="btn quiet"
        type="button"
        aria-label={words.sound.listen}
        onClick={() => void recorder.finish(place)}
      >
        <Square />
        <span>{words.sound.listen}</span>
      </button>
    </>
  );
}

interface PreviewProps {
  hearth: Hearth;
  place: Place;
  take: NonNullable<Recording["take"]>;
}

function Preview({ hearth, place, take }: PreviewProps) {
  const source = useMemo(() => URL.createObjectURL(take.sound), [take]);
  useEffect(() => () => URL.revokeObjectURL(source), [source]);
  return (
    <Sound
      player={hearth.spoken.player}
      id={draftId(place)}
      source={source}
      lengthMs={take.durationMs}
      peaks={take.peaks}
    />
  );
}
