// What is being repaired or lost, above the room: one sentence, at most one action.

import { HeadphoneOff, MicOff, RotateCw, TriangleAlert, Volume2, X } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { useStore } from "zustand";
import type { Hearth } from "../engine/hearth";
import { call, devices, people, session } from "../engine/stores";
import { troubleOf } from "../join/trouble";
import { Why } from "../look/refusal";
import { useSeconds } from "../look/seconds";
import { words } from "../words";

/** News that needs nothing done leaves by itself, ms. */
const NEWS_MS = 8_000;

export function Banners({ hearth }: { hearth: Hearth }) {
  const { trouble, moved } = useStore(session);
  const { phase, silenced, speaks, retryAt } = useStore(call);
  const microphone = useStore(devices, (state) => state.microphone);
  const own = useStore(people, ({ here, you }) =>
    you === undefined ? undefined : here.get(you)?.voice,
  );
  const voiceless = speaks ? troubleOf(microphone) : undefined;
  return (
    <>
      <LinkBanner />
      {phase === "repairing" && <Bad text={words.banner.repairing} />}
      {phase === "lost" && <Lost hearth={hearth} retryAt={retryAt} />}
      {silenced && (
        <div className="banner calm" role="alert">
          <Volume2 />
          <Sentence text={words.banner.silenced} />
          <button className="btn quiet small" type="button" onClick={() => hearth.voices.wake()}>
            {words.banner.listen}
          </button>
        </div>
      )}
      {voiceless && (
        <div className="banner bad" role="alert">
          <MicOff />
          <Sentence text={[`${words.microphone[voiceless].title}.`, words.banner.noMicrophone]} />
          <button
            className="btn quiet small"
            type="button"
            onClick={() => void hearth.microphone.open()}
          >
            {words.join.again}
          </button>
        </div>
      )}
      {own?.server_muted && <Order icon={<MicOff />} text={words.order.youMuted} />}
      {own?.server_deafened && <Order icon={<HeadphoneOff />} text={words.order.youDeafened} />}
      {moved?.why === "moved" && <Calm text={[words.moved.moved(moved.by, moved.room)]} still />}
      {trouble && (
        <div className="banner bad" role="alert">
          <TriangleAlert />
          <p>
            <Why trouble={trouble} />
          </p>
          <button
            className="icon-btn small"
            type="button"
            aria-label={words.close}
            onClick={() => session.setState({ trouble: undefined })}
          >
            <X />
          </button>
        </div>
      )}
    </>
  );
}

/** Whether the server is heard: wherever one is. */
export function LinkBanner() {
  const { link, news } = useStore(session);
  const phase = useStore(call, (state) => state.phase);
  useEffect(() => {
    if (!news) return;
    const timer = setTimeout(() => session.setState({ news: undefined }), NEWS_MS);
    return () => clearTimeout(timer);
  }, [news]);
  if (link === "reconnecting") {
    const { reconnecting, reconnectingAlone } = words.banner;
    return <Calm text={phase === "connected" ? reconnecting : reconnectingAlone} />;
  }
  if (news !== "restarted" || phase === "lost") return null;
  return <Calm text={words.banner.restarted} still />;
}

/** What a moderator took, for as long as it is taken. */
function Order({ icon, text }: { icon: ReactNode; text: readonly string[] }) {
  return (
    <div className="banner bad" role="alert">
      {icon}
      <Sentence text={text} />
    </div>
  );
}

function Sentence({ text: [first, rest] }: { text: readonly string[] }) {
  return (
    <p>
      <b>{first}</b> {rest}
    </p>
  );
}

function Calm({ text, still }: { text: readonly string[]; still?: boolean }) {
  return (
    <div className="banner calm" role="status">
      <RotateCw className={still ? "" : "spin"} />
      <Sentence text={text} />
    </div>
  );
}

function Bad({ text }: { text: readonly string[] }) {
  return (
    <div className="banner bad" role="alert">
      <TriangleAlert />
      <Sentence text={text} />
    </div>
  );
}

function Lost({ hearth, retryAt }: { hearth: Hearth; retryAt: number | undefined }) {
  const seconds = useSeconds(retryAt, () => performance.now());
  return (
    <div className="banner bad">
      <TriangleAlert />
      {/* The countdown is for the eye; it is announced once, without numbers. */}
      <p role="alert" className="vh">
        {words.banner.lost(0)[0]}
      </p>
      <Sentence text={words.banner.lost(seconds)} />
      <button className="btn quiet small" type="button" onClick={() => hearth.voice.tryNow()}>
        {words.banner.tryNow}
      </button>
    </div>
  );
}
