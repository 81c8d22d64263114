// What one writes goes out once and in order, whatever happens to it; what others write is counted
// until it is read.

import { beforeEach, expect, test, vi } from "vitest";
import type { Ack, ChatMessage, ClientMessage, Entry, ErrorCode } from "../protocol";
import { Chat } from "./chat";
import type { Drawer, Outgoing } from "./outbox";
import { Refusal } from "./refusal";
import { people, session } from "./stores";
import { written } from "./written";

const ANA = "a".repeat(32);
const BO = "b".repeat(32);
const ROOM = "room:general";

/** A drawer that is a table in memory. */
class Table implements Drawer {
  rows = new Map<string, Outgoing>();
  all = async () => [...this.rows.values()];
  put = async (item: Outgoing) => void this.rows.set(item.message, structuredClone(item));
  remove = async (message: string) => void this.rows.delete(message);
}

interface Asked {
  message: ClientMessage;
  answer(ack: Ack): void;
  refuse(code: ErrorCode | "offline" | "cut" | "timeout", retryAfterMs?: number): void;
}

let asked: Asked[];
let drawer: Table;
let chat: Chat;

const ask = (message: ClientMessage): Promise<Ack> =>
  new Promise((answer, fail) =>
    asked.push({
      message,
      answer,
      refuse: (code, retryAfterMs) => fail(new Refusal(code, code, retryAfterMs)),
    }),
  );

const author = (identity: string) => ({ identity, name: identity[0] ?? "", avatar: { coat: 0 } });

function message(seq: number, by: string, more: Partial<ChatMessage> = {}): Entry {
  const base = { seq, tag: seq, at_ms: seq };
  const body = { kind: "text" as const, text: `text ${seq}` };
  const written = { seq, id: `${seq}`, at_ms: seq, author: author(by), body, ...more };
  return { ...base, kind: "message", message: written };
}

function say(entry: Entry, conversation: { room: string } | { person: string }): void {
  chat.hear({ type: "chat:entry", conversation, entry });
}

/** Walks into the room, where so much is written and read. */
function arrive(seq: number, read = seq, unread = 0): void {
  people.setState({ room: "general" });
  const position = { epoch: "e", seq, tag: seq };
  const messages = Array.from({ length: seq }, (_, at) => message(at + 1, BO)).flatMap((entry) =>
    entry.kind === "message" ? [entry.message] : [],
  );
  chat.arrived({
    room: { id: "general", name: "", icon: "", messages: seq, count: 1, participants: [] },
    you: 1,
    role: "member",
    chat: {
      outcome: "gap",
      history: { position, messages, more_before: false, more_after: false },
    },
    read: { seq: read, unread, mentions: 0 },
  });
}

const text = (words: string) => ({ kind: "text" as const, text: words });
const sends = () => asked.filter(({ message }) => message.type === "chat:send");
const settled = () => vi.advanceTimersByTimeAsync(0);
const mark = (place: "room:general" | "room:music" | `person:${string}` = ROOM) =>
  written.getState().marks.get(place);

function stored(at: Asked, seq: number): void {
  const { message } = at.message as { message: string };
  at.answer({
    of: "chat:sent",
    message,
    position: { epoch: "e", seq, tag: seq },
    at_ms: seq,
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  drawer = new Table();
  written.setState({
    logs: new Map(),
    marks: new Map(),
    outbox: [],
    typing: new Map(),
    directs: undefined,
  });
  session.setState({ identity: ANA });
  people.setState({ room: undefined });
  chat = new Chat(ask, drawer);
});

test("messages go out one after the other, and stand in the log when they are told", async () => {
  arrive(3);
  chat.outbox.send(ROOM, text("one"));
  chat.outbox.send(ROOM, text("two"));
  expect(sends()).toHaveLength(1);
  stored(sends()[0] as Asked, 4);
  await settled();
  expect(sends()).toHaveLength(2);
  // Acknowledged, but not told yet: it does not vanish for a moment.
  expect(written.getState().outbox.map(({ state }) => state)).toEqual(["sent", "sending"]);
  say(message(4, ANA), { room: "general" });
  say(message(5, ANA), { room: "general" });
  stored(sends()[1] as Asked, 5);
  await settled();
  expect(written.getState().outbox).toEqual([]);
  expect(drawer.rows.size).toBe(0);
});

test("what is cut goes out again with the same id, and what another page left as well", async () => {
  arrive(0);
  chat.outbox.send(ROOM, text("kept"));
  sends()[0]?.refuse("cut");
  await settled();
  expect(written.getState().outbox[0]?.state).toBe("waiting");
  // The page loads anew.
  written.setState({ outbox: [] });
  chat = new Chat(ask, drawer);
  await chat.outbox.wake();
  expect(sends()).toHaveLength(2);
  const ids = sends().map(({ message }) => (message as { message: string }).message);
  expect(ids[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(ids[1]).toBe(ids[0]);
});

test("what somebody else in this browser wrote is not sent by this one", async () => {
  session.setState({ identity: BO });
  arrive(0);
  chat.outbox.send(ROOM, text("by Bo"));
  sends()[0]?.refuse("offline");
  await settled();
  session.setState({ identity: ANA });
  chat.outbox.flush();
  expect(sends()).toHaveLength(1);
});

test("a refusal is shown, can be tried again and given up, and holds nobody up", async () => {
  arrive(0);
  chat.outbox.send(ROOM, text("bad"));
  chat.outbox.send(ROOM, text("good"));
  sends()[0]?.refuse("message_invalid");
  await settled();
  const [bad, good] = written.getState().outbox;
  expect(bad).toMatchObject({ state: "refused", code: "message_invalid" });
  expect(good?.state).toBe("sending");
  stored(sends()[1] as Asked, 1);
  await settled();
  chat.outbox.retry(bad?.message ?? "");
  expect(sends()).toHaveLength(3);
  expect(sends()[2]?.message).toEqual(sends()[0]?.message);
  sends()[2]?.refuse("message_invalid");
  await settled();
  chat.outbox.discard(bad?.message ?? "");
  expect(written.getState().outbox.map(({ content }) => content)).not.toContainEqual(text("bad"));
  expect(drawer.rows.has(bad?.message ?? "")).toBe(false);
});

test("too much at once waits as long as the server says", async () => {
  arrive(0);
  chat.outbox.send(ROOM, text("fast"));
  sends()[0]?.refuse("rate_limited", 8_000);
  await settled();
  expect(written.getState().outbox[0]?.retryAt).toBe(Date.now() + 8_000);
  await vi.advanceTimersByTimeAsync(7_999);
  expect(sends()).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(sends()).toHaveLength(2);
});

test("what is written for a room waits until one is in it", async () => {
  chat.outbox.send(ROOM, text("later"));
  expect(sends()).toHaveLength(0);
  arrive(0);
  expect(sends()).toHaveLength(1);
});

test("what comes while nobody looks is counted, and read when somebody does", async () => {
  arrive(2);
  say(message(3, BO), { room: "general" });
  say(message(4, ANA), { room: "general" });
  say(message(5, BO, { mentions: [ANA] }), { room: "general" });
  expect(mark()).toEqual({ seq: 2, unread: 2, mentions: 1, since: 2 });
  chat.marks.attend(ROOM);
  expect(mark()).toMatchObject({ seq: 5, unread: 0, mentions: 0, since: 2 });
  const read = asked.find(({ message }) => message.type === "chat:read");
  expect(read?.message).toMatchObject({ conversation: { room: "general" }, seq: 5 });
  // While it is under way, more comes: told when the answer is there.
  say(message(6, BO), { room: "general" });
  read?.answer({ of: "chat:read", seq: 5, unread: 1, mentions: 0 });
  await settled();
  expect(asked.at(-1)?.message).toMatchObject({ type: "chat:read", seq: 6 });
  expect(mark()?.unread).toBe(0);
  chat.marks.attend(undefined);
  say(message(7, BO), { room: "general" });
  expect(mark()).toMatchObject({ unread: 1, since: 6 });
});

test("rooms where one is not count by what they have had, once", () => {
  const room = { id: "music", name: "", icon: "", count: 0, participants: [] };
  const unknown = { ...room, id: "gaming", messages: 9 };
  chat.marks.listed(
    [{ ...room, messages: 5 }, unknown],
    [{ room: "music", seq: 5, unread: 0, mentions: 0 }],
  );
  const grow = (id: string, messages: number) =>
    chat.hear({ type: "room:list:delta", changes: [{ id, messages }] });
  grow("music", 7);
  grow("music", 7);
  grow("gaming", 12);
  expect(mark("room:music")).toEqual({ seq: 5, unread: 2, mentions: 0, since: 5 });
  // Where one never was, nothing is new.
  expect(written.getState().marks.has("room:gaming")).toBe(false);
});

test("a room that one is in is not counted twice when one has left", () => {
  arrive(2);
  say(message(3, BO), { room: "general" });
  people.setState({ room: undefined });
  chat.hear({ type: "room:list:delta", changes: [{ id: "general", messages: 3 }] });
  expect(mark()?.unread).toBe(1);
});

test("a letter moves its conversation to the front, and its receipts never go back", () => {
  const direct = (identity: string) => ({
    person: { ...author(identity) },
    online: false,
    position: { epoch: "e", seq: 2, tag: 0 },
    read: { seq: 2, unread: 0, mentions: 0 },
    read_by_other: 1,
    delivered_to_other: 1,
  });
  const CY = "c".repeat(32);
  written.setState({ directs: [direct(CY), direct(BO)] });
  say(message(3, BO), { person: BO });
  say(message(3, BO), { person: BO });
  const [first] = written.getState().directs ?? [];
  expect(first).toMatchObject({ person: { identity: BO }, online: true, position: { seq: 3 } });
  expect(mark(`person:${BO}`)?.unread).toBe(1);
  chat.hear({ type: "direct:receipt", person: BO, delivered: 3, read: 2 });
  chat.hear({ type: "direct:receipt", person: BO, delivered: 2, read: 3 });
  expect(chat.directs.find(BO)).toMatchObject({ delivered_to_other: 3, read_by_other: 3 });
});

test("typing ends by itself, by a message and by the protocol's time", () => {
  arrive(0);
  const typing = (on: boolean) =>
    chat.hear({
      type: "chat:typing",
      conversation: { room: "general" },
      identity: BO,
      name: "Bo",
      typing: on,
    });
  const names = () => [...(written.getState().typing.get(ROOM)?.values() ?? [])];
  typing(true);
  expect(names()).toEqual(["Bo"]);
  vi.advanceTimersByTime(5_000);
  expect(names()).toEqual([]);
  typing(true);
  say(message(1, BO), { room: "general" });
  expect(names()).toEqual([]);
});

test("one says that one types once in a while, and that one has stopped once", () => {
  arrive(0);
  const told = () =>
    asked.flatMap(({ message }) => (message.type === "chat:typing" ? [message.typing] : []));
  chat.typings.say(ROOM, true);
  chat.typings.say(ROOM, true);
  vi.advanceTimersByTime(3_000);
  chat.typings.say(ROOM, true);
  chat.typings.say(ROOM, false);
  chat.typings.say(ROOM, false);
  expect(told()).toEqual([true, true, false]);
});
