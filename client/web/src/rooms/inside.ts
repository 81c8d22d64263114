// Who is inside a room, as pictures and sentences show it. Pure.

import type { ArchState } from "../look/arch";
import type { Participant, RoomSummary, VoiceState } from "../protocol";
import { words } from "../words";

/** People whom a screen reader is told of. */
const NAMED = 12;

/** Hears nothing, by their own will or a moderator's. */
export function isDeaf({ deafened, server_deafened }: VoiceState): boolean {
  return deafened || (server_deafened ?? false);
}

/** Sends nothing, by their own will or a moderator's. */
export function isMute({ muted, server_muted }: VoiceState): boolean {
  return muted || (server_muted ?? false);
}

/** What of a person is seen of their voice. */
type Voiced = Pick<Participant, "voice" | "elsewhere">;

/** Whether somebody's voice is on another node: it does not come here, nor does one's own go there. */
export function isOutOfEarshot({ voice, elsewhere }: Voiced): boolean {
  return elsewhere === true && voice.connected;
}

/** How somebody's arch looks. Deafened implies muted and is shown alone. */
export function archState(person: Voiced, speaking: boolean): ArchState {
  const { voice } = person;
  if (isOutOfEarshot(person)) return "muted";
  if (isDeaf(voice)) return "deaf";
  if (isMute(voice) || !voice.connected || !voice.speaks) return "muted";
  return speaking ? "speaking" : undefined;
}

/** The same in a word; `undefined` where the eye needs none. */
export function stateWord(person: Voiced, speaking: boolean): string {
  const { voice } = person;
  const { state } = words.room;
  if (!voice.connected) return state.joining;
  if (voice.server_deafened) return words.order.deafened;
  if (voice.server_muted) return words.order.muted;
  if (isOutOfEarshot(person)) return state.elsewhere;
  if (voice.deafened) return state.deafened;
  if (!voice.speaks) return state.listening;
  if (voice.muted) return state.muted;
  return speaking ? state.speaking : state.open;
}

/** A name without regard to case and accents. */
export function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase().trim();
}

/** Whose name matches what is looked for. */
export function matches(name: string, sought: string): boolean {
  return plain(name).includes(plain(sought));
}

export function talkers(room: RoomSummary): Participant[] {
  return room.participants.filter(
    ({ voice }) => voice.speaking && !isMute(voice) && !isDeaf(voice),
  );
}

/** How bright a room is, seen from outside; 0 is dark. */
export function glow(room: RoomSummary): number {
  if (room.count === 0) return 0;
  return Math.min(0.8, 0.12 + 0.3 * talkers(room).length);
}

/** "Ana is talking", "Nobody is talking right now", "Empty…". */
export function talk(room: RoomSummary): string {
  if (room.count === 0) return words.rooms.empty;
  const names = talkers(room).map(({ name }) => name);
  return names.length ? words.rooms.talking(names) : words.rooms.still;
}

/** Who is inside and how, for those who do not see the arches. */
export function whoIsInside(room: RoomSummary): string {
  const named = room.participants
    .slice(0, NAMED)
    .map((person) => `${person.name} (${stateWord(person, person.voice.speaking)})`);
  return named.length ? `${words.rooms.also(named)}.` : "";
}
