// What the figures of a connection mean, in one word. Pure.

import type { CallState, Quality } from "../engine/stores";
import type { Participant, VoiceQuality } from "../protocol";

export type Verdict = "good" | "fair" | "poor" | "repairing" | "lost" | "joining";

/** Above these a voice is late or broken enough to be noticed. */
const FAIR = { ms: 150, loss: 0.02 };
const POOR = { ms: 350, loss: 0.08 };

/** The worse of the two directions. */
export function loss(quality: Quality | undefined): number | undefined {
  const { sendLoss, hearLoss } = quality ?? {};
  if (sendLoss === undefined && hearLoss === undefined) return undefined;
  return Math.max(sendLoss ?? 0, hearLoss ?? 0);
}

export function verdict(phase: CallState["phase"], quality: Quality | undefined): Verdict {
  if (phase === "lost" || phase === "none") return "lost";
  if (phase === "repairing" || phase === "joining") return phase;
  const ms = quality?.roundTripMs ?? 0;
  const lost = loss(quality) ?? 0;
  if (ms > POOR.ms || lost > POOR.loss) return "poor";
  return ms > FAIR.ms || lost > FAIR.loss ? "fair" : "good";
}

/** What is wrong between somebody and oneself. `deaf`: they do not hear; `unheard`: one does not hear them. */
export type Trouble = "deaf" | "unheard" | "weak" | undefined;

/** Repair beats a weak line; whoever wants to hear nothing is not deaf. */
export function between(person: Participant, told: VoiceQuality | undefined): Trouble {
  const { number, voice, elsewhere } = person;
  // Between two nodes there is no line that could be weak.
  if (elsewhere || !voice.connected || voice.deafened || voice.server_deafened) return undefined;
  if (told?.deaf?.includes(number)) return "deaf";
  const silent = voice.muted || voice.server_muted || !voice.speaks;
  if (!silent && told?.unheard?.includes(number)) return "unheard";
  return voice.line && "weak";
}
