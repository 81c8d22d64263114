// What is asked for when a room is made or changed.

import { expect, test } from "vitest";
import { BLANK, change, creation, draftOf, lack } from "./draft";

const ROOM = {
  id: "nook",
  name: "Nook",
  icon: "🪴",
  topic: "Reading",
  max_participants: 12,
  locked: true,
  messages: 0,
  count: 0,
  participants: [],
};

test("a new room asks for what was filled in, and a lock for a password", () => {
  expect(lack(BLANK)).toBe("room_invalid");
  const draft = { ...BLANK, name: " Nook " };
  expect(lack(draft)).toBeUndefined();
  expect(creation(draft)).toEqual({ name: "Nook", icon: BLANK.icon });
  expect(lack({ ...draft, locked: true })).toBe("password_missing");
  expect(
    creation({ ...draft, topic: "Tea", most: "4", locked: true, password: "p", hidden: true }),
  ).toEqual({
    name: "Nook",
    icon: BLANK.icon,
    topic: "Tea",
    max_participants: 4,
    password: "p",
    hidden: true,
  });
});

test("a password that was typed and not wanted after all is not sent", () => {
  expect(creation({ ...BLANK, name: "Nook", password: "p" })).not.toHaveProperty("password");
});

test("a change names what has changed alone", () => {
  const before = draftOf(ROOM);
  expect(change("nook", before, before)).toEqual({ room: "nook" });
  expect(change("nook", before, { ...before, topic: "" })).toEqual({ room: "nook", topic: "" });
  expect(change("nook", before, { ...before, most: "", hidden: true })).toEqual({
    room: "nook",
    max_participants: 0,
    hidden: true,
  });
});

test("a lock stays as it is, gets another password, or is taken away", () => {
  const before = draftOf(ROOM);
  expect(lack(before, before)).toBeUndefined();
  expect(change("nook", before, { ...before, password: "new" }).password).toBe("new");
  expect(change("nook", before, { ...before, locked: false }).password).toBe("");
});
