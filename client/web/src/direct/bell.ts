// A call is heard and said: it rings, until somebody answers or it is over.

import { attentive } from "../chat/attention";
import { noticeOf } from "../chat/notices";
import { type CallNow, type CallOutcome, calling } from "../engine/calling";
import type { Shell } from "../engine/shell";
import { play, type Sound } from "../engine/sounds";
import { settings } from "../engine/stores";
import { say } from "../face";
import { words } from "../words";
import { lengthOf } from "../words/clock";

/** From one ring to the next, ms. */
const AGAIN_MS = 2_500;

/** Follows calls for as long as the page is there. */
export function hangBell(installed: Shell): void {
  let ringing: ReturnType<typeof setInterval> | undefined;
  calling.subscribe(({ call, outcome }, before) => {
    const sound = soundOf(call);
    if (sound !== soundOf(before.call)) {
      clearInterval(ringing);
      if (sound) {
        ring(sound);
        ringing = setInterval(() => ring(sound), AGAIN_MS);
      }
    }
    if (call && call.stage !== before.call?.stage) {
      say(saidOf(call));
      if (call.stage === "coming" && !attentive()) {
        noticeOf(installed, `person:${call.person.identity}`, call.person.name, saidOf(call));
      }
    }
    if (outcome && outcome !== before.outcome) say(outcomeOf(outcome));
  });
}

/** What came of a call, in a sentence. */
export function outcomeOf({ how, person, lastedMs = 0 }: CallOutcome): string {
  return words.call.how[how](person.name, lengthOf(lastedMs));
}

/** Ringing at one's own is heard, and so is that it rings over there. */
function soundOf(call: CallNow | undefined): Sound | undefined {
  if (call?.stage === "coming") return "ringing";
  return call?.stage === "asking" && call.call ? "calling" : undefined;
}

function saidOf({ stage, person }: CallNow): string {
  return words.call[stage](person.name);
}

function ring(sound: Sound): void {
  const { rings, speaker } = settings.getState();
  if (rings) void play(sound, speaker);
}
