// What is asked for when a room is made or changed.

import { expect, test } from "vitest";
import { de } from "../words/de";
import { en } from "../words/en";
import { es } from "../words/es";
import { hi } from "../words/hi";
import { BLANK, change, creation, draftOf, lack, reach } from "./draft";

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

test("it is for everyone only while it is neither locked nor hidden", () => {
  const said = ({ rooms }: typeof en) =>
    [
      BLANK,
      { ...BLANK, locked: true },
      { ...BLANK, hidden: true },
      { ...BLANK, locked: true, hidden: true },
    ].map((draft) => rooms.own[reach(draft)]);
  const [open, locked, hidden, both] = said(en);
  expect(open).toContain("for everyone");
  expect(locked).toMatch(/Everyone sees it.*password/);
  expect(hidden).toMatch(/hidden.*link/);
  expect(both).toMatch(/hidden.*link.*password/);
  for (const words of [de, es, hi]) expect(new Set(said(words)).size).toBe(4);
});

test("a lock stays as it is, gets another password, or is taken away", () => {
  const before = draftOf(ROOM);
  expect(lack(before, before)).toBeUndefined();
  expect(change("nook", before, { ...before, password: "new" }).password).toBe("new");
  expect(change("nook", before, { ...before, locked: false }).password).toBe("");
});
