// One person's place on the stage.

import {
  AudioLines,
  EarOff,
  HeadphoneOff,
  Headphones,
  MicOff,
  RotateCw,
  Signal,
  VolumeX,
} from "lucide-react";
import { memo, type ReactNode } from "react";
import { useStore } from "zustand";
import { settings } from "../engine/stores";
import { layPerson } from "../face";
import { Arch, type ArchState } from "../look/arch";
import { useLevel } from "../look/level";
import type { Participant } from "../protocol";
import { archState, isDeaf, isMute, isOutOfEarshot, stateWord } from "../rooms/inside";
import { words } from "../words";
import type { Trouble } from "./verdict";

/** What is to be seen of somebody: arch, sign, word. */
interface Look {
  arch: ArchState;
  tag: ReactNode;
  word: string;
}

/** How somebody looks from here: what they do, what one does to them, what is wrong between. */
export function look(
  person: Participant,
  speaking: boolean,
  blocked: boolean,
  trouble?: Trouble,
): Look {
  const { voice } = person;
  const { state } = words.room;
  const word = stateWord(person, speaking);
  if (blocked) return { arch: "muted", tag: <VolumeX />, word: state.blocked };
  if (trouble === "deaf" || trouble === "unheard") {
    return { arch: "repair", tag: <RotateCw className="spin" />, word: state[trouble] };
  }
  const arch = archState(person, speaking);
  if (isOutOfEarshot(person)) return { arch, tag: <EarOff />, word };
  if (trouble === "weak" && (arch === undefined || arch === "speaking")) {
    return { arch: "poor", tag: <Signal />, word: state.weak };
  }
  if (isDeaf(voice)) return { arch, tag: <HeadphoneOff />, word };
  if (voice.connected && !voice.speaks) return { arch, tag: <Headphones />, word };
  if (voice.connected && isMute(voice)) return { arch, tag: <MicOff />, word };
  return { arch, tag: undefined, word };
}

interface Props {
  person: Participant;
  speaking: boolean;
  you: boolean;
  /** What is wrong between them and oneself. */
  trouble?: Trouble;
  /** Nothing opens from it. */
  still?: boolean;
}

/** Drawn anew only when it looks different: whoever is silent costs nothing while others talk. */
export const Seat = memo(function Seat({ person, speaking, you, trouble, still }: Props) {
  const level = useLevel(person.number);
  const blocked = useStore(settings, (state) => state.known[person.identity]?.blocked ?? false);
  const { arch, tag, word } = look(person, speaking, !you && blocked, trouble);
  const open = word === words.room.state.open;
  return (
    <li className={`seat ${you ? "self" : ""}`} data-state={arch} ref={level}>
      <button
        type="button"
        disabled={still}
        aria-haspopup="dialog"
        onClick={(event) => layPerson(person.number, event.currentTarget)}
      >
        <span className="stand">
          <Arch avatar={person.avatar} name={person.name} tag={tag} />
        </span>
        <span className="seat-n">
          {you ? words.you : person.name}
          <span className="vh">
            , {word}. {words.room.actions}
          </span>
        </span>
        <span className="seat-s" aria-hidden="true">
          {arch === "speaking" ? <AudioLines className="wave" /> : (!open || you) && word}
        </span>
      </button>
    </li>
  );
});
