// What is wrong between two people, and what is not.

import { expect, test } from "vitest";
import type { Participant, VoiceQuality, VoiceState } from "../protocol";
import { between } from "./verdict";

const leg = { loss_permille: 0, jitter_ms: 0 };
const told: VoiceQuality = { up: leg, down: leg, deaf: [7], unheard: [8, 7] };

function person(number: number, voice: Partial<VoiceState> = {}): Participant {
  return {
    number,
    identity: String(number),
    name: "Bo",
    avatar: { coat: 0 },
    voice: {
      connected: true,
      speaks: true,
      speaking: false,
      muted: false,
      deafened: false,
      ...voice,
    },
  };
}

test("repair beats a weak line", () => {
  expect(between(person(7, { line: "weak" }), told)).toBe("deaf");
  expect(between(person(8, { line: "lost" }), told)).toBe("unheard");
  expect(between(person(9, { line: "lost" }), told)).toBe("weak");
  expect(between(person(9), told)).toBeUndefined();
  expect(between(person(9), undefined)).toBeUndefined();
});

test("whoever is muted is not unheard, whoever is deafened not deaf, whoever is away neither", () => {
  expect(between(person(8, { muted: true }), told)).toBeUndefined();
  expect(between(person(8, { speaks: false }), told)).toBeUndefined();
  expect(between(person(7, { deafened: true }), told)).toBeUndefined();
  expect(between(person(7, { connected: false }), told)).toBeUndefined();
  expect(between({ ...person(9, { line: "weak" }), elsewhere: true }, told)).toBeUndefined();
});
