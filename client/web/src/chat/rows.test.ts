// What stands in the log, row by row.

import { expect, test } from "vitest";
import type { Outgoing } from "../engine/outbox";
import type { ChatMessage } from "../protocol";
import { rowsOf } from "./rows";

const MINUTE = 60_000;
const NOON = new Date(2026, 10, 24, 12).getTime();

function message(seq: number, by: string, at_ms: number, more: Partial<ChatMessage> = {}) {
  const author = { identity: by, name: by, avatar: { coat: 0 } };
  const body = { kind: "text" as const, text: "x" };
  return { seq, id: `m${seq}`, at_ms, author, body, ...more };
}

const kinds = (...args: Parameters<typeof rowsOf>) =>
  rowsOf(...args).map((row) => ("continued" in row && row.continued ? "continued" : row.kind));

test("one person within five minutes is one block; a reply, an event and another begin anew", () => {
  const event = { body: { kind: "system" as const, event: { what: "room_created" as const } } };
  const list = [
    message(1, "a", NOON),
    message(2, "a", NOON + MINUTE),
    message(3, "b", NOON + 2 * MINUTE),
    message(4, "b", NOON + 3 * MINUTE, { reply_to: 1 }),
    message(5, "b", NOON + 9 * MINUTE),
    message(6, "b", NOON + 10 * MINUTE, event),
    message(7, "b", NOON + 11 * MINUTE),
  ];
  expect(kinds(list, [], undefined, "me")).toEqual([
    ...["day", "message", "continued", "message", "message", "message", "event", "message"],
  ]);
});

test("another day has its own line, and nobody goes on over it", () => {
  const midnight = new Date(2026, 10, 25).getTime();
  const list = [message(1, "a", midnight - 1), message(2, "a", midnight)];
  expect(kinds(list, [], undefined, "me")).toEqual(["day", "message", "day", "message"]);
});

test("what is new begins at the first message of somebody else", () => {
  const list = [
    message(1, "a", NOON),
    message(2, "me", NOON + MINUTE),
    message(3, "a", NOON + 2 * MINUTE),
  ];
  const rows = rowsOf(list, [], 1, "me");
  expect(rows.map(({ kind }) => kind)).toEqual(["day", "message", "message", "since", "message"]);
  expect(rows[3]).toMatchObject({ at_ms: NOON + MINUTE });
  expect(kinds(list, [], 3, "me")).not.toContain("since");
});

test("what is under way stands at the end until the log shows it", () => {
  const item: Outgoing = {
    message: "m2",
    identity: "a",
    place: "room:general",
    content: { kind: "text", text: "x" },
    at_ms: NOON + MINUTE,
    state: "sending",
  };
  expect(kinds([message(1, "a", NOON)], [item], undefined, "a")).toEqual([
    ...["day", "message", "continued"],
  ]);
  const told = [message(1, "a", NOON), message(2, "a", NOON + MINUTE)];
  const rows = rowsOf(told, [item], undefined, "a");
  expect(rows.map(({ key }) => key).slice(1)).toEqual(["m1", "m2"]);
});
