// What is malformed, foreign, too much or too slow, and that nobody else notices.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import WebSocket from "ws";
import { startHearth } from "../browsers/program.mjs";
import { Page, recording } from "./page.mjs";

let hearth;
before(async () => {
  hearth = await startHearth({
    "limits.enabled": false,
    // So long that whoever stalls is not found dead before their outbox is full.
    "session.dead_after_ms": 300_000,
    "session.heartbeat_ms": 60_000,
    "blobs.max_bytes": 65_536,
    "server.allowed_origins": ["https://chat.example.org"],
  });
});
after(() => hearth?.stop());

const address = (transport) => `${hearth.url}/socket.io/?EIO=4&transport=${transport}`;
const without = (name) => (people) => !people.some((it) => it.name === name);
const figure = async (name) => {
  const text = await (await fetch(`${hearth.url}/metrics`)).text();
  return Number(text.match(new RegExp(`^${name} (\\d+)`, "m"))?.[1] ?? 0);
};

/** A connection that speaks the bytes of the protocol by itself. */
async function raw(to = hearth) {
  const socket = new WebSocket(`ws://${to.address}/socket.io/?EIO=4&transport=websocket`);
  const frames = [];
  socket.on("message", (frame) => frames.push(String(frame)));
  const closed = once(socket, "close");
  await once(socket, "message");
  socket.send("40");
  await once(socket, "message");
  return { socket, frames, closed };
}

test("the packets that used to end a server each get an error and harm nobody", async () => {
  const bystander = await Page.in(hearth, "general", "Bystander");
  const page = await Page.in(hearth, "general", "Careless");
  await bystander.heard("room:users", (people) => people.length === 2);
  const bad = [
    ["chat:send"],
    ["chat:send", { text: 5 }],
    ["room:join"],
    ["webrtc:offer", {}],
    ["call:request"],
    ["chat:send", null],
    ["chat:send:voice", { audio: "data:audio/webm;base64,!" }],
    ["chat:send:voice", { audio: "data:audio/webm;base64,AAAA" }],
    ["chat:reaction", { messageId: "general:99", emoji: "🌿" }],
    ["chat:reaction", { messageId: {}, emoji: "🌿" }],
    ["dm:send", { toUser: "Bystander", text: "by name" }],
    ["chat:history", { roomId: "nowhere" }],
    ["rooms:create", { name: "" }],
    ["no:such", {}],
  ];
  for (const event of bad) {
    page.say(...event);
    const error = await page.heard("error");
    assert.equal(typeof error.message, "string");
    assert.equal(error.event, event[0]);
    const answer = await page.ask(...event);
    assert.deepEqual([answer.ok, answer.error], [false, error.error], JSON.stringify(event));
    // Sensible things between: twenty senseless ones in a row end a session.
    assert.equal((await page.ask("chat:typing", { isTyping: false })).ok, true);
  }
  assert.deepEqual(bystander.untaken("error"), []);
  assert.equal((await bystander.ask("chat:send", { text: "still here" })).ok, true);
  assert.equal((await page.heard("chat:message")).text, "still here");
  for (let n = 0; n < 20; n += 1) page.say("no:such", {});
  await page.heard("disconnect");
  await bystander.heard("room:users", without("Careless"));
  bystander.close();
});

test("without a name one is told to come in, and the list of rooms is open", async () => {
  const page = await Page.open(hearth);
  assert.equal(
    (await page.ask("chat:send", { roomId: "general", text: "x" })).error,
    "hello_expected",
  );
  assert.equal((await page.ask("room:join", { roomId: "general" })).error, "name_invalid");
  const refused = await page.ask("room:join", { roomId: "general", user: { name: "<b>" } });
  assert.equal(refused.error, "name_invalid");
  const unknown = await Page.open(hearth, { auth: { token: "0".repeat(64) } });
  const forged = await unknown.ask("room:join", { roomId: "general", user: { name: "Forger" } });
  assert.equal(forged.error, "unauthorized");
  assert.ok((await page.ask("rooms:list")).length >= 3);
  page.close();
  unknown.close();
});

test("whoever never says a name is let go, and whoever has one stays", async () => {
  const other = await startHearth({ "session.hello_timeout_ms": 300 });
  const named = await Page.in(other, "general", "Named");
  const idle = await Page.open(other, { transports: ["polling"] });
  const gone = await raw(other);
  await idle.heard("disconnect");
  assert.equal((await idle.heard("error")).code, 4001);
  while (!gone.frames.includes("41")) await once(gone.socket, "message");
  gone.socket.terminate();
  assert.equal((await named.ask("chat:send", { text: "still here" })).ok, true);
  await other.stop();
});

test("what is no packet at all ends the one connection", async () => {
  const bystander = await Page.in(hearth, "general", "Calm");
  for (const bytes of [
    "42[",
    "42{}",
    "42[5]",
    "9",
    '451-["chat:send",{"_placeholder":true,"num":0}]',
    "x",
  ]) {
    const { socket, closed } = await raw();
    socket.send(bytes);
    socket.send("1");
    await closed;
  }
  // Deep nesting is not read to its end.
  const deep = await raw();
  deep.socket.send(`421["room:join",${"[".repeat(10_000)}${"]".repeat(10_000)}]`);
  while (!deep.frames.some((it) => it.includes("bad_message"))) await once(deep.socket, "message");
  deep.socket.close();
  assert.equal((await bystander.ask("chat:send", { text: "calm" })).ok, true);
  bystander.close();
});

test("an event is bounded, and a sound by what sounds may have", async () => {
  const page = await Page.in(hearth, "music", "Large");
  const long = await page.ask("chat:send", { text: "x".repeat(70_000) });
  assert.equal(long.error, "bad_message");
  const { bytes } = recording();
  const sound = Buffer.concat([bytes, Buffer.alloc(65_600 - bytes.length)]);
  const audio = `data:audio/webm;base64,${sound.toString("base64")}`;
  const large = await page.ask("chat:send:voice", { audio });
  assert.equal(large.error, "blob_invalid", JSON.stringify(large));
  page.say("chat:send:voice", { audio: "x".repeat(300_000) });
  await page.heard("disconnect");
});

test("pages of other sites are refused before anything else", async () => {
  const ask = (transport, headers) => fetch(address(transport), { headers });
  assert.equal((await ask("polling", { Origin: "https://evil.example" })).status, 403);
  assert.equal((await ask("polling", { Origin: "null" })).status, 403);
  assert.equal((await ask("polling", { "Sec-Fetch-Site": "cross-site" })).status, 403);
  const allowed = await ask("polling", { Origin: "https://chat.example.org" });
  assert.equal(allowed.status, 200);
  assert.equal(allowed.headers.get("access-control-allow-origin"), "https://chat.example.org");
  assert.equal((await ask("polling", { Origin: hearth.url })).status, 200);
  const foreign = new WebSocket(address("websocket").replace("http", "ws"), {
    origin: "https://evil.example",
  });
  foreign.on("error", () => {});
  const [, response] = await once(foreign, "unexpected-response");
  assert.equal(response.statusCode, 403);
  foreign.terminate();
  // The address of a sound leads a page of the other origin to this server.
  const page = await Page.in(hearth, "music", "Guest page", {
    extraHeaders: { Origin: "https://chat.example.org" },
  });
  await page.ask("chat:send:voice", { audio: recording().audio });
  const { audio } = await page.heard("chat:message");
  assert.ok(audio.startsWith(`//${hearth.address}/api/blobs/`), audio);
  const played = await fetch(`http:${audio}`);
  assert.equal(played.headers.get("cross-origin-resource-policy"), "cross-origin");
  page.close();
});

for (const transport of ["websocket", "polling"]) {
  test(`a reader over ${transport} that stalls is closed, and holds nobody up`, async () => {
    const writer = await Page.in(hearth, "gaming", `Writer ${transport}`);
    const overflows = await figure("hearth_outbox_overflows_total");
    const memory = () =>
      Number(readFileSync(`/proc/${hearth.pid}/status`, "utf8").match(/VmRSS:\s+(\d+)/)[1]);
    const name = `Stalled ${transport}`.slice(0, 20);
    const join = `42["room:join",{"roomId":"gaming","user":{"name":"${name}"}}]`;
    let stalled;
    if (transport === "websocket") {
      stalled = await raw();
      stalled.socket.send(join);
      await writer.heard("room:users", (people) => people.length === 2);
      stalled.socket._socket.pause();
    } else {
      const opened = await (await fetch(address("polling"))).text();
      const sid = JSON.parse(opened.slice(1)).sid;
      for (const body of ["40", join]) {
        await fetch(`${address("polling")}&sid=${sid}`, { method: "POST", body });
      }
      await writer.heard("room:users", (people) => people.length === 2);
    }
    const before = memory();
    // Four kilocharacters of three bytes each.
    const text = "雨".repeat(4_000);
    const gone = () => writer.untaken("room:users").some(without(name));
    let written = 0;
    while (!gone() && written < 6_000) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => writer.ask("chat:send", { text })),
      );
      assert.ok(answers.every((answer) => answer.ok));
      written += 20;
    }
    assert.ok(gone(), `still there after ${written} messages`);
    assert.equal(await figure("hearth_outbox_overflows_total"), overflows + 1);
    assert.ok(memory() - before < 64 * 1024, `${memory() - before} KiB more`);
    stalled?.socket.terminate();
    writer.close();
  });
}

test("the server stops although connections are open", async () => {
  const other = await startHearth();
  const pages = [
    await Page.in(other, "general", "Last"),
    await Page.open(other, { transports: ["polling"] }),
  ];
  const closed = Promise.all(pages.map((page) => page.heard("disconnect")));
  assert.equal(await other.stop(), 0);
  await closed;
});

test("switched off, it is not there", async () => {
  const other = await startHearth({ "socketio.enabled": false });
  const answer = await fetch(`${other.url}/socket.io/?EIO=4&transport=polling`);
  assert.notEqual(answer.status, 200);
  await other.stop();
});

test("too much too fast is told, and passes", async () => {
  const other = await startHearth({ "limits.chat_per_second": 1, "limits.chat_burst": 2 });
  const page = await Page.in(other, "general", "Hasty");
  const answers = [];
  for (let n = 0; n < 4; n += 1) answers.push(await page.ask("chat:send", { text: `${n}` }));
  const refused = answers.filter((answer) => !answer.ok);
  assert.ok(refused.length >= 1, JSON.stringify(answers));
  assert.equal(refused[0].error, "rate_limited");
  assert.ok(refused[0].retryAfterMs > 0);
  page.close();
  await other.stop();
});
