// The session against a server that the test plays: hello, resume, answers and refusals.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import hello from "../../../../tests/golden/server-hello.json";
import { CloseCode } from "../protocol";
import {
  type Ending,
  REQUEST_TIMEOUT_MS,
  Socket,
  type SocketEvents,
  type SocketPhase,
  type Wire,
} from "./socket";

type Frame = Record<string, unknown> & { id: number };

/** The server's end of one WebSocket. */
class End implements Wire {
  onopen: Wire["onopen"] = null;
  onmessage: Wire["onmessage"] = null;
  onclose: Wire["onclose"] = null;
  onerror: Wire["onerror"] = null;
  readonly sent: Frame[] = [];
  closed = false;

  send(frame: unknown) {
    this.sent.push(JSON.parse(String(frame)));
  }
  close() {
    this.closed = true;
  }
  say(message: object) {
    this.onmessage?.({ data: JSON.stringify(message) } as MessageEvent);
  }
  welcome(more: object = {}) {
    this.onopen?.(new Event("open"));
    this.say({ ...hello, id: this.sent[0]?.id, resumed: false, ...more });
  }
  cut(code = 1006) {
    this.onclose?.({ code } as CloseEvent);
  }
  /** The last thing that was asked. */
  get asked(): Frame {
    return this.sent.at(-1) as Frame;
  }
}

const dialled: End[] = [];
const phases: SocketPhase[] = [];
const endings: Ending[] = [];
const told: unknown[] = [];
let token: string | undefined;
let socket: Socket;
const events: SocketEvents = {
  introduce: () => (token ? { name: "Ana", token } : { name: "Ana" }),
  forgotten: () => {
    token = undefined;
  },
  welcome: (welcome) => {
    token = welcome.token;
  },
  message: (message) => told.push(message),
  phase: (phase) => phases.push(phase),
  ended: (ending) => endings.push(ending),
};
const end = () => dialled.at(-1) as End;

beforeEach(() => {
  vi.useFakeTimers();
  for (const list of [dialled, phases, endings, told]) list.length = 0;
  token = undefined;
  socket = new Socket("ws://server/ws", events, () => {
    dialled.push(new End());
    return end();
  });
  socket.start();
});

afterEach(() => {
  socket.stop();
  vi.useRealTimers();
});

test("a request is answered by the ack or the error of its id, in any order", async () => {
  end().welcome();
  const list = socket.request({ type: "room:list" });
  const listed = end().asked.id;
  const leave = socket.request({ type: "room:leave" });
  end().say({ type: "error", id: end().asked.id, code: "not_in_room", message: "" });
  end().say({ type: "ack", id: listed, result: { of: "room:list", rooms: [] } });
  await expect(list).resolves.toEqual({ of: "room:list", rooms: [] });
  await expect(leave).rejects.toMatchObject({ code: "not_in_room" });
});

test("a request that is not answered is given up, and before the welcome it is refused", async () => {
  await expect(socket.request({ type: "room:list" })).rejects.toMatchObject({ code: "offline" });
  end().welcome();
  const list = socket.request({ type: "room:list" });
  vi.advanceTimersByTime(REQUEST_TIMEOUT_MS);
  await expect(list).rejects.toMatchObject({ code: "timeout" });
});

test("a cut session goes on with the number of counted frames, and its requests wait", async () => {
  end().welcome();
  const count = { type: "room:count", room: "general", count: 1 };
  end().say(count);
  end().say({ type: "from:tomorrow" });
  end().say({ type: "pong", id: 99 });
  const list = socket.request({ type: "room:list" });
  const { id } = end().asked;
  end().cut();
  expect(phases.at(-1)).toBe("waiting");
  vi.advanceTimersByTime(1_000);
  end().onopen?.(new Event("open"));
  expect(end().asked).toMatchObject({
    token: hello.token,
    resume: { session: hello.session, received: 2 },
  });
  end().welcome({ resumed: true });
  end().say({ type: "ack", id, result: { of: "room:list", rooms: [] } });
  await expect(list).resolves.toMatchObject({ of: "room:list" });
  expect(told).toEqual([count]);
});

test("a session that the server forgot begins anew, and what was asked of it is cut", async () => {
  end().welcome();
  const list = socket.request({ type: "room:list" });
  end().cut(CloseCode.ShuttingDown);
  vi.advanceTimersByTime(1_000);
  end().welcome({ session: "another" });
  await expect(list).rejects.toMatchObject({ code: "cut" });
  end().cut();
  vi.advanceTimersByTime(1_000);
  end().onopen?.(new Event("open"));
  expect(end().asked).toMatchObject({ resume: { session: "another", received: 0 } });
});

test("the waits between attempts grow to a bound, and a nudge ends one", () => {
  const waits: number[] = [];
  vi.spyOn(Math, "random").mockReturnValue(1);
  for (let attempt = 0; attempt < 8; attempt++) {
    const before = dialled.length;
    end().cut();
    const began = Date.now();
    while (dialled.length === before) vi.advanceTimersByTime(100);
    waits.push(Date.now() - began);
  }
  expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
  end().cut();
  const before = dialled.length;
  socket.nudge();
  expect(dialled.length).toBe(before + 1);
});

test("silence longer than the server allows is a dead socket, also if nobody closes it", () => {
  end().welcome();
  const first = end();
  vi.advanceTimersByTime(hello.heartbeat_ms);
  expect(first.asked.type).toBe("ping");
  vi.advanceTimersByTime(hello.dead_after_ms + hello.heartbeat_ms);
  expect(first.closed).toBe(true);
  expect(dialled.length).toBe(2);
});

test("pongs keep a socket alive and tell the round trip", () => {
  end().welcome();
  for (let beat = 0; beat < 10; beat++) {
    // The next beat comes a heartbeat after the one before, whenever that was answered.
    vi.advanceTimersByTime(hello.heartbeat_ms - (beat === 0 ? 0 : 40));
    vi.advanceTimersByTime(40);
    end().say({ type: "pong", id: end().asked.id });
  }
  expect(dialled.length).toBe(1);
  expect(socket.roundTripMs).toBe(40);
});

test("a probe that is not answered hangs up within seconds", () => {
  end().welcome();
  socket.nudge();
  vi.advanceTimersByTime(4_000);
  expect(phases.at(-1)).toBe("waiting");
});

test("whoever came in elsewhere is not fetched back", () => {
  end().welcome();
  end().cut(CloseCode.Replaced);
  vi.advanceTimersByTime(60_000);
  expect(endings).toEqual([{ why: "replaced" }]);
  expect(dialled.length).toBe(1);
});

test("a token that is not known is left out of the next hello", () => {
  token = "stale";
  socket.stop();
  socket.start();
  end().onopen?.(new Event("open"));
  expect(end().asked.token).toBe("stale");
  end().say({ type: "error", id: end().asked.id, code: "unauthorized", message: "" });
  vi.advanceTimersByTime(1_000);
  end().onopen?.(new Event("open"));
  expect(end().asked.token).toBeUndefined();
});

test("a name that is taken ends the attempts; a full server is tried again when it says", () => {
  end().onopen?.(new Event("open"));
  const { id } = end().asked;
  end().say({ type: "error", id, code: "busy", message: "", retry_after_ms: 30_000 });
  vi.advanceTimersByTime(29_000);
  expect(dialled.length).toBe(1);
  vi.advanceTimersByTime(1_000);
  expect(dialled.length).toBe(2);
  end().onopen?.(new Event("open"));
  end().say({ type: "error", id: end().asked.id, code: "name_taken", message: "" });
  expect(endings).toMatchObject([{ why: "refused", refusal: { code: "name_taken" } }]);
});

test("a socket that was given up is not listened to", () => {
  end().welcome();
  const old = end();
  old.cut();
  vi.advanceTimersByTime(1_000);
  end().welcome({ resumed: true });
  old.say({ type: "room:count", room: "general", count: 9 });
  old.cut();
  expect(told).toEqual([]);
  expect(socket.phase).toBe("open");
});
