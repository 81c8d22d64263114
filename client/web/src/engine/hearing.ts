// Who is heard, how loudly, and what that changes on the stage.
//
// Owns the look at the sound, twenty times a second: levels go to the screen, who speaks and who is
// seated to the store, only when it changes. Never plays and never sends.

import type { Microphone } from "./microphone";
import { type LevelKey, paint } from "./screen";
import { seated } from "./seats";
import { call, people, session, settings } from "./stores";
import type { Voice, Voices } from "./voices";

/** Speaking into a muted microphone for so long is said, ms. */
const TALKING_MUTED_MS = 600;
/**
 * How often voices are looked at, ms. A level rises within 60 ms: more often shows nothing more, and
 * each look has the browser lay out and paint every arch that speaks.
 */
const TICK_MS = 50;
/** The same while the page is not drawn, ms. */
const HIDDEN_TICK_MS = 100;
/** The level of somebody who speaks and is not heard here. */
const UNHEARD = 0.4;

export class Hearing {
  /** What the voices are now, slot by slot. */
  heard: readonly Voice[] = [];
  #spokeAt = new Map<number, number>();
  #talkingSince: number | undefined;

  constructor(
    private readonly microphone: Microphone,
    private readonly voices: Voices,
  ) {}

  /** Looks in the frame that follows each tick, and more rarely while nothing is drawn. */
  run(): void {
    let asked = false;
    setInterval(() => {
      // A page that is covered gets no frame, and is not hidden either.
      if (document.hidden || asked) return;
      asked = true;
      requestAnimationFrame(() => {
        asked = false;
        paint(this.#look());
      });
    }, TICK_MS);
    setInterval(() => {
      // A window that stays on top is drawn while this one is not.
      if (document.hidden) paint(this.#look());
    }, HIDDEN_TICK_MS);
  }

  /** Another room: nobody has spoken there yet. */
  forget(): void {
    this.#spokeAt.clear();
  }

  /** Lets whoever came, went or spoke have their place. */
  seat(): void {
    const { seats, here, you, speaking } = people.getState();
    const guests = [...here.values()].map(({ number, voice }) => ({
      number,
      speaks: voice.speaks,
    }));
    for (const number of this.#spokeAt.keys()) {
      if (!here.has(number)) this.#spokeAt.delete(number);
    }
    const after = seated(seats, guests, you, speaking, this.#spokeAt);
    if (after.join() !== seats.join()) people.setState({ seats: after });
  }

  #look(): Map<LevelKey, number> {
    const now = performance.now();
    const levels = new Map<LevelKey, number>();
    const loud = new Set<number>();
    const { speaks, muted, deafened, held, recording, phase, talkingMuted } = call.getState();
    const { you, here, speaking } = people.getState();

    const own = this.microphone.sample(now);
    levels.set("capture", own);
    const silent = muted || deafened;
    const waits = recording || (settings.getState().pushToTalk && !held);
    levels.set("microphone", you !== undefined && (silent || !speaks) ? 0 : own);
    const talking = speaks && this.microphone.envelope.speaking;
    if (you !== undefined && talking && !silent && !waits && phase === "connected") {
      loud.add(you);
      levels.set(you, own);
    }

    this.heard = this.voices.sample(now);
    for (const voice of this.heard) {
      if (voice.talker === undefined || !here.has(voice.talker)) continue;
      levels.set(voice.talker, Math.max(voice.level, levels.get(voice.talker) ?? 0));
      if (voice.speaking) loud.add(voice.talker);
    }
    // Whoever has no slot here (deafened, muted for me, beyond K) is told by the server.
    if (session.getState().link === "steady") {
      for (const { number, voice } of here.values()) {
        if (!voice.speaking || number === you || levels.has(number)) continue;
        levels.set(number, UNHEARD);
        loud.add(number);
      }
    }

    this.#hint(talking && silent && !recording, talkingMuted, now);
    for (const number of loud) this.#spokeAt.set(number, now);
    if (loud.size !== speaking.size || [...loud].some((number) => !speaking.has(number))) {
      people.setState({ speaking: loud });
      this.seat();
    }
    return levels;
  }

  #hint(talking: boolean, shown: boolean, now: number): void {
    if (!talking) this.#talkingSince = undefined;
    else this.#talkingSince ??= now;
    const long = this.#talkingSince !== undefined && now - this.#talkingSince > TALKING_MUTED_MS;
    if (long !== shown) call.setState({ talkingMuted: long });
  }
}
