// The messages of the protocol, as the files that the Rust tests read too.

import { expect, test, vi } from "vitest";
import { counts, decode } from "./decode";
import { Socket, type SocketEvents, type Wire } from "./socket";

const files = import.meta.glob<Record<string, unknown>>("../../../../tests/golden/*.json", {
  eager: true,
  import: "default",
});
const golden = Object.entries(files).map(([path, message]) => {
  const name = path.replace(/^.*\/|\.json$/g, "");
  return { name, message };
});
const ofServer = golden.filter(({ name }) => name.startsWith("server-"));
const ofClient = golden.filter(({ name }) => name.startsWith("client-"));

test("the golden files are found", () => {
  expect(ofServer.length).toBeGreaterThan(10);
  expect(ofClient.length).toBeGreaterThan(10);
});

test.each(ofServer)("$name is understood as it stands", ({ message }) => {
  const decoded = decode(JSON.stringify(message));
  expect(decoded).toEqual(message);
  expect(counts(decoded)).toBe(message.type !== "hello" && message.type !== "pong");
  // A newer server may say more.
  expect(decode(JSON.stringify({ ...message, news: { of: "tomorrow" } }))).toBeDefined();
});

test.each(ofServer)("$name with a part of the wrong kind is no message", ({ message }) => {
  const told = Object.entries(message).filter(([name]) => !["type", "version"].includes(name));
  const wrong = told.map(([name]) => ({ ...message, [name]: [[null]] }));
  // What the page does not use may be anything.
  const refused = wrong.filter((frame) => decode(JSON.stringify(frame)) === undefined);
  expect(refused.length).toBeGreaterThan(0);
});

/** A socket that has been welcomed, and all that it has sent. */
function welcomed(introduction: ReturnType<SocketEvents["introduce"]>) {
  const sent: Record<string, unknown>[] = [];
  const wire: Wire = {
    send: (frame) => void sent.push(JSON.parse(String(frame))),
    close: () => {},
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
  };
  const events: SocketEvents = {
    introduce: () => introduction,
    forgotten: () => {},
    welcome: () => {},
    message: () => {},
    phase: () => {},
    ended: () => {},
  };
  const socket = new Socket("ws://server/ws", events, () => wire);
  socket.start();
  wire.onopen?.(new Event("open"));
  const hello = ofServer.find(({ name }) => name === "server-hello")?.message;
  const frame = JSON.stringify({ ...hello, id: sent[0]?.id, resumed: false });
  wire.onmessage?.(new MessageEvent("message", { data: frame }));
  return { socket, sent };
}

const kinds = (value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).map(([name, part]) => [name, kinds(part)]))
    : typeof value;

test("hello and ping are sent as the golden files have them", () => {
  vi.useFakeTimers();
  const { socket, sent } = welcomed({ token: "t", name: "Ana", avatar: { coat: 3, emoji: "🦊" } });
  socket.nudge();
  const of = (type: string) => ofClient.find(({ message }) => message.type === type)?.message;
  const { resume: _, ...first } = of("hello") ?? {};
  expect(kinds(sent[0])).toEqual(kinds(first));
  expect(kinds(sent[1])).toEqual(kinds(of("ping")));
  socket.stop();
  vi.useRealTimers();
});

test.each(ofClient.filter(({ message }) => !["hello", "ping"].includes(String(message.type))))(
  "$name goes out with an id and as it stands",
  ({ message }) => {
    vi.useFakeTimers();
    const { socket, sent } = welcomed({ name: "Ana" });
    const { id: _, ...request } = message;
    socket.request(request as Parameters<Socket["request"]>[0]).catch(() => {});
    expect(sent.at(-1)).toEqual({ ...request, id: expect.any(Number) });
    socket.stop();
    vi.useRealTimers();
  },
);
