// How people in a room are shown, and in which words.

import { expect, test } from "vitest";
import type { Participant, VoiceState } from "../protocol";
import { de } from "../words/de";
import { en } from "../words/en";
import { archState, stateWord, whoIsInside } from "./inside";

function person(voice: Partial<VoiceState>, elsewhere?: boolean): Participant {
  return {
    number: 7,
    identity: "7",
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
    ...(elsewhere && { elsewhere }),
  };
}

test("whoever speaks on another node is not shown as if they were heard", () => {
  const speaking = { speaking: true };
  expect(archState(person(speaking), true)).toBe("speaking");
  expect(stateWord(person(speaking), true)).toBe(en.room.state.speaking);
  for (const voice of [speaking, { muted: true }, { deafened: true }, { speaks: false }]) {
    expect(archState(person(voice, true), true)).toBe("muted");
    expect(stateWord(person(voice, true), true)).toBe("out of earshot");
  }
  expect(stateWord(person({ connected: false }, true), false)).toBe(en.room.state.joining);
  expect(de.person.elsewhere("Bo")).toContain("hört euch nicht");
});

test("whoever looks at the room from outside is told so as well", () => {
  const room = {
    id: "general",
    name: "General",
    icon: "x",
    messages: 0,
    count: 2,
    participants: [person({}, true), { ...person({ muted: true }), name: "Cy" }],
  };
  expect(whoIsInside(room)).toBe("Inside: Bo (out of earshot), Cy (muted).");
});
