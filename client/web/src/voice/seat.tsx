// One person's place on the stage.

import { AudioLines, HeadphoneOff, Headphones, MicOff, Signal, VolumeX } from "lucide-react";
import type { ReactNode } from "react";
import { useStore } from "zustand";
import { settings } from "../engine/stores";
import { layPerson } from "../face";
import { Arch, type ArchState } from "../look/arch";
import { useLevel } from "../look/level";
import type { Participant } from "../protocol";
import { archState, stateWord } from "../rooms/inside";
import { words } from "../words";

/** What is to be seen of somebody: arch, sign, word. */
interface Look {
  arch: ArchState;
  tag: ReactNode;
  word: string;
}

/** How somebody looks from here: what they do, and what one does to them. */
export function look(person: Participant, speaking: boolean, blocked: boolean): Look {
  const { voice } = person;
  const word = stateWord(voice, speaking);
  if (blocked) return { arch: "muted", tag: <VolumeX />, word: words.room.state.blocked };
  const arch = archState(voice, speaking);
  if (voice.deafened) return { arch, tag: <HeadphoneOff />, word };
  if (voice.connected && !voice.speaks) return { arch, tag: <Headphones />, word };
  if (voice.connected && voice.muted) return { arch, tag: <MicOff />, word };
  return { arch, tag: undefined, word };
}

interface Props {
  person: Participant;
  speaking: boolean;
  you: boolean;
  /** One's own line is weak. */
  weak?: boolean;
  /** Nothing opens from it. */
  still?: boolean;
}

export function Seat({ person, speaking, you, weak, still }: Props) {
  const level = useLevel(person.number);
  const blocked = useStore(settings, (state) => state.known[person.identity]?.blocked ?? false);
  const seen = look(person, speaking, !you && blocked);
  const poor = weak && (seen.arch === undefined || seen.arch === "speaking");
  const word = poor ? words.room.state.weak : seen.word;
  const open = seen.word === words.room.state.open;
  return (
    <li className={`seat ${you ? "self" : ""}`} data-state={poor ? "poor" : seen.arch} ref={level}>
      <button
        type="button"
        disabled={still}
        aria-haspopup="dialog"
        onClick={(event) => layPerson(person.number, event.currentTarget)}
      >
        <span className="stand">
          <Arch avatar={person.avatar} name={person.name} tag={poor ? <Signal /> : seen.tag} />
        </span>
        <span className="seat-n">
          {you ? words.you : person.name}
          <span className="vh">
            , {word}. {words.room.actions}
          </span>
        </span>
        <span className="seat-s" aria-hidden="true">
          {seen.arch === "speaking" ? (
            <AudioLines className="wave" />
          ) : open && !poor ? (
            you && word
          ) : (
            word
          )}
        </span>
      </button>
    </li>
  );
}
