// One's own voice, in the same place on every screen: mute, deafen, and far from them, leave.

import {
  AudioLines,
  HeadphoneOff,
  Headphones,
  Mic,
  MicOff,
  SlidersHorizontal,
  TriangleAlert,
} from "lucide-react";
import { useStore } from "zustand";
import { calling, talkingWith } from "../engine/calling";
import type { Hearth } from "../engine/hearth";
import { call, people, session, settings } from "../engine/stores";
import { face, lay } from "../face";
import { Arch } from "../look/arch";
import { useLevel } from "../look/level";
import { words } from "../words";
import { DeafenButton, LeaveButton, MuteButton } from "./controls";
import { keyName } from "./keys";

/** @param room where one is, by its name; in a call, the other's */
export function Dock({ hearth, room }: { hearth: Hearth; room: string }) {
  const { name, avatar } = useStore(session);
  const { speaks, muted, deafened, phase } = useStore(call);
  const pushToTalk = useStore(settings, (state) => state.pushToTalk);
  const you = useStore(people, (state) => state.you);
  const speaking = useStore(people, (state) => you !== undefined && state.speaking.has(you));
  const taken = useStore(people, ({ here }) => {
    const own = you === undefined ? undefined : here.get(you)?.voice;
    return own?.server_muted || own?.server_deafened;
  });
  const use = async () => {
    if (!(await hearth.talk(true))) lay({ kind: "microphone" });
  };
  const seat = useLevel(you);
  const meter = useLevel("microphone");
  const sentence = useSentence();
  const hollow = muted || !speaks || taken;
  const inCall = useStore(calling, (state) => talkingWith(state) !== undefined);
  const live = phase === "connected" || phase === "repairing";
  const state = deafened ? "deaf" : hollow ? "muted" : speaking ? "speaking" : undefined;
  return (
    <section className="dock" aria-label={words.dock.title}>
      <p className="dock-talk">
        {sentence.icon}
        {inCall ? words.call.talking(room) : sentence.text}
      </p>
      <div className="dock-me">
        <span className="seat self" aria-hidden="true" data-state={state} ref={seat}>
          <span className="stand">
            <Arch avatar={avatar} name={name} size={48} />
          </span>
        </span>
        <div>
          <p className="dock-n">
            {phase === "lost" && words.dock.off}
            {phase !== "lost" && inCall && words.call.talking(room)}
            {phase !== "lost" && !inCall && (
              <>
                {live ? words.dock.live : words.dock.joining} <b>{room}</b>
              </>
            )}
          </p>
          <p className="dock-s">{sentence.text}</p>
        </div>
      </div>
      <div className="dock-c">
        {speaks ? (
          <MuteButton hearth={hearth} className={`ctl ${pushToTalk ? "" : "talk"}`} shortcut="M">
            <span className="ctl-t">{words.dock.mute}</span>
            <span className="meter mini" ref={meter} aria-hidden="true">
              <i />
            </span>
            <kbd aria-hidden="true" data-key="M" />
          </MuteButton>
        ) : (
          <button className="ctl talk" type="button" onClick={() => void use()}>
            <Mic />
            <span className="ctl-t">{words.dock.use}</span>
          </button>
        )}
        {speaks && pushToTalk && <HoldButton hearth={hearth} />}
        <DeafenButton hearth={hearth} className="ctl" shortcut="D">
          <span className="ctl-t">{words.dock.deafen}</span>
          <kbd aria-hidden="true" data-key="D" />
        </DeafenButton>
        <button
          className="ctl icon"
          type="button"
          aria-label={words.dock.settings}
          title={words.dock.settings}
          onClick={() => face.setState({ settings: "sound", tab: "voice" })}
        >
          <SlidersHorizontal />
        </button>
      </div>
      <div className="dock-end">
        <LeaveButton hearth={hearth} wide />
      </div>
    </section>
  );
}

/** Push-to-talk for a finger: held is heard. */
function HoldButton({ hearth }: { hearth: Hearth }) {
  const held = useStore(call, (state) => state.held);
  const release = () => hearth.voice.hold(false);
  return (
    <button
      className="ctl talk only-s"
      type="button"
      data-held={held ? "" : undefined}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        hearth.voice.hold(true);
      }}
      onPointerUp={release}
      onPointerCancel={release}
      onContextMenu={(event) => event.preventDefault()}
    >
      <Mic />
      <span className="ctl-t">{words.dock.hold}</span>
    </button>
  );
}

/** What happens to one's voice right now, in a sentence. */
function useSentence() {
  const { speaks, muted, deafened, held, recording, phase, talkingMuted } = useStore(call);
  const { pushToTalk, pushKey } = useStore(settings);
  const { here, speaking, you } = useStore(people);
  const own = you === undefined ? undefined : here.get(you)?.voice;
  if (phase === "lost" || phase === "repairing") {
    return { icon: <TriangleAlert />, text: words.dock.unheard };
  }
  if (own?.server_deafened)
    return { icon: <HeadphoneOff />, text: words.order.youDeafened.join(" ") };
  if (own?.server_muted) return { icon: <MicOff />, text: words.order.youMuted.join(" ") };
  if (recording) return { icon: <MicOff />, text: words.dock.recording };
  if (deafened) return { icon: <HeadphoneOff />, text: words.dock.deafened };
  if (talkingMuted) return { icon: <MicOff />, text: words.dock.talkingMuted };
  if (!speaks) return { icon: <Headphones />, text: words.dock.listening };
  if (muted) return { icon: <MicOff />, text: words.dock.muted };
  if (pushToTalk && held) return { icon: <Mic />, text: words.dock.pushed };
  if (pushToTalk) return { icon: <MicOff />, text: words.dock.push(keyName(pushKey)) };
  const names = [...speaking]
    .filter((number) => number !== you)
    .map((number) => here.get(number)?.name ?? "")
    .filter(Boolean);
  if (names.length) {
    return { icon: <AudioLines className="wave" />, text: words.rooms.talking(names) };
  }
  return { icon: <Mic />, text: words.dock.on };
}
