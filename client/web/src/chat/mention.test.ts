// Mentions while they are written.

import { expect, test } from "vitest";
import { completed, fitting, mentioned, started } from "./mention";

const person = (name: string) => ({ identity: name.toLowerCase(), name, avatar: { coat: 0 } });
const house = ["Ana", "Ana Maria", "Bo", "Maria", "Józef"].map(person);
const names = (sought: string) => fitting(house, sought, "bo").map(({ name }) => name);

test("an @ begins a mention, inside an address it does not", () => {
  expect(started("hi @an", 6)).toEqual({ from: 3, sought: "an" });
  expect(started("hi @ana maria, you", 14)).toEqual({ from: 3, sought: "ana maria," });
  expect(started("me@example", 10)).toBeUndefined();
  expect(started("@ no", 4)).toBeUndefined();
  expect(started("none", 4)).toBeUndefined();
});

test("who fits: beginnings first, words inside, accents no matter, never oneself", () => {
  expect(names("ma")).toEqual(["Maria", "Ana Maria"]);
  expect(names("joz")).toEqual(["Józef"]);
  expect(names("bo")).toEqual([]);
  expect(names("")).toHaveLength(4);
});

test("completing puts the name and the caret behind it", () => {
  const at = started("so @an now", 6);
  expect(at && completed("so @an now", at, "Ana")).toEqual({ text: "so @Ana now", caret: 8 });
});

test("whoever's name stands in the text is meant, the longest one, once", () => {
  expect(mentioned("@ana maria and @Bo, @bo! @Boris a@maria", house)).toEqual(["ana maria", "bo"]);
  expect(mentioned("nobody", house)).toEqual([]);
});
