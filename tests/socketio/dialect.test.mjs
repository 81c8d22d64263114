// Every event of the older chat, with the official client, over both transports.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startHearth } from "../browsers/program.mjs";
import { Page, recording } from "./page.mjs";

let hearth;
before(async () => {
  hearth = await startHearth({ "limits.enabled": false });
});
after(() => hearth?.stop());

const named =
  (...names) =>
  (people) =>
    people
      .map((it) => it.name)
      .sort()
      .join() === [...names].sort().join();

for (const transport of ["websocket", "polling"]) {
  test(`a whole stay over ${transport}`, async () => {
    const via = { transports: [transport] };
    const room = `stay ${transport}`;
    const host = await Page.open(hearth, via);
    const listed = await host.ask("rooms:list");
    assert.deepEqual(
      listed.slice(0, 3).map((it) => [it.id, it.name, it.icon, it.users]),
      [
        ["general", "General", "💬", 0],
        ["music", "Music", "🎵", 0],
        ["gaming", "Gaming", "🎮", 0],
      ],
    );
    host.say("rooms:list");
    assert.deepEqual(await host.heard("rooms:list"), listed);
    const online = await host.ask("user:online", { name: `host ${transport}` });
    assert.equal(online.ok, true);
    assert.equal(online.user.socketId, host.id);
    await host.heard("presence:list");
    const created = await host.ask("rooms:create", { name: room, icon: "🌿" });
    assert.equal(created.ok, true, JSON.stringify(created));
    const roomId = created.room.id;
    await host.heard("rooms:list", (rooms) => rooms.some((it) => it.id === roomId));

    // Walking in: the acknowledgement, the people, what was written, the counts.
    const ana = await Page.in(hearth, roomId, `Ana ${transport}`, via);
    const bo = await Page.in(hearth, roomId, `Bo ${transport}`, via);
    const [anaName, boName] = [`Ana ${transport}`, `Bo ${transport}`];
    assert.equal(ana.joined.roomId, roomId);
    assert.deepEqual(await ana.heard("room:users", named(anaName, boName)), [
      { name: anaName, socketId: ana.id },
      { name: boName, socketId: bo.id },
    ]);
    await bo.heard("room:users", named(anaName, boName));
    const begun = await bo.heard("chat:history");
    assert.deepEqual(
      begun.map((it) => [it.type, it.text]),
      [["system", "created the room"]],
    );
    await host.heard("rooms:list", (rooms) =>
      rooms.some((it) => it.id === roomId && it.users === 2),
    );

    // Text, by both names.
    const sent = await ana.ask("chat:send", { roomId, text: " Shall we? " });
    assert.equal(sent.ok, true);
    for (const page of [ana, bo]) {
      const message = await page.heard("chat:message");
      assert.equal(typeof message.createdAt, "number");
      assert.deepEqual(message, {
        id: sent.id,
        roomId,
        type: "chat",
        text: "Shall we?",
        user: anaName,
        from: ana.id,
        createdAt: sent.createdAt,
      });
    }
    bo.say("chat:message", { roomId, text: "We shall.", user: { name: "somebody else" } });
    const answer = await ana.heard("chat:message");
    assert.deepEqual([answer.text, answer.user, answer.from], ["We shall.", boName, bo.id]);

    // A sound in base64 is an address for whoever is told of it.
    const { bytes, audio } = recording();
    const said = await ana.ask("chat:send:voice", { roomId, audio, duration: 99, mimeType: "x/y" });
    assert.equal(said.ok, true, JSON.stringify(said));
    const voice = await bo.heard("chat:message", (it) => it.type === "voice");
    assert.equal(voice.mimeType, "audio/webm");
    assert.ok(voice.duration > 1 && voice.duration < 2, `${voice.duration}`);
    const address = new URL(voice.audio, hearth.url);
    const played = await fetch(address);
    assert.equal(played.status, 200);
    assert.deepEqual(Buffer.from(await played.arrayBuffer()), bytes);
    assert.equal((await fetch(address, { headers: { Range: "bytes=0-9" } })).status, 206);
    const own = await ana.heard("chat:message", (it) => it.type === "voice");
    assert.notEqual(own.audio, voice.audio);
    for (const forged of [
      address.pathname,
      `${address.pathname}?ticket=`,
      `${address.pathname}${address.search}&${address.search.slice(1)}`,
      `${address.pathname}${address.search.slice(0, -1)}${address.search.endsWith("0") ? 1 : 0}`,
    ]) {
      assert.equal((await fetch(new URL(forged, hearth.url))).status, 401, forged);
    }

    // Reactions are toggled.
    bo.say("chat:reaction", { messageId: sent.id, emoji: "🌿", user: "x" });
    const update = await ana.heard("chat:reaction:update");
    assert.deepEqual(update, {
      messageId: sent.id,
      reactions: [{ emoji: "🌿", count: 1, by: [bo.id] }],
    });
    const reaction = await ana.heard("chat:reaction");
    assert.deepEqual([reaction.emoji, reaction.user, reaction.on], ["🌿", boName, true]);
    assert.equal((await bo.ask("chat:react", { messageId: sent.id, emoji: "🌿" })).ok, true);
    assert.deepEqual(await ana.heard("chat:reaction:update"), {
      messageId: sent.id,
      reactions: [],
    });

    // Typing ends by itself if nobody says so.
    ana.say("chat:typing", { isTyping: true });
    const typing = await bo.heard("chat:typing:status");
    assert.deepEqual(typing, { socketId: ana.id, user: anaName, isTyping: true, roomId });
    assert.equal((await bo.heard("chat:typing:status")).isTyping, false);
    assert.deepEqual(ana.untaken("chat:typing:status"), []);

    // Speaking and muting.
    ana.say("presence:speaking", { isSpeaking: true });
    assert.deepEqual(await bo.heard("presence:speaking:list"), [
      { name: anaName, socketId: ana.id },
    ]);
    assert.equal((await ana.ask("presence:mute", { muted: true })).ok, true);
    assert.deepEqual(await bo.heard("presence:speaking:list"), []);
    await bo.heard("presence:list", (people) =>
      people.some((it) => it.socketId === ana.id && it.muted && !it.isSpeaking),
    );

    // Between two people, in the same room or not.
    host.say("chat:direct", { to: ana.id, text: "A word?", user: "x" });
    const received = await ana.heard("chat:direct:received");
    assert.deepEqual([received.from, received.text], [host.id, "A word?"]);
    await ana.heard("dm:message");
    await host.heard("dm:message");
    assert.deepEqual(host.untaken("chat:direct:received"), []);
    const direct = await ana.ask("dm:send", { toUser: host.id, text: "Yes?" });
    assert.equal(direct.ok, true);
    assert.equal((await host.heard("dm:message")).from, ana.id);
    await ana.ask("dm:send:voice", { toUser: host.id, audio });
    const whisper = await host.heard("dm:message", (it) => it.type === "voice");
    assert.equal((await fetch(new URL(whisper.audio, hearth.url))).status, 200);
    host.say("dm:react", { messageId: whisper.id, emoji: "🎵" });
    const moved = await ana.heard("dm:reaction");
    assert.deepEqual([moved.emoji, moved.user], ["🎵", `host ${transport}`]);
    host.say("dm:history", { withUser: ana.id });
    const past = await host.heard("dm:history");
    assert.deepEqual(
      past.history.map((it) => it.text ?? it.type),
      ["A word?", "Yes?", "voice"],
    );
    assert.deepEqual(past.history[2].reactions, [{ emoji: "🎵", count: 1, by: [host.id] }]);
    assert.deepEqual(bo.untaken("dm:message"), []);

    // What was written is there for whoever asks, and for whoever comes.
    const history = await bo.ask("chat:history", { roomId });
    assert.deepEqual(
      history.history.map((it) => it.type),
      ["system", "chat", "chat", "voice"],
    );
    await bo.heard("chat:history");

    // Negotiation goes to people in the same room, and says who it is from.
    ana.say("webrtc:offer", { to: bo.id, sdp: "v=0", from: "forged", user: "forged" });
    assert.deepEqual(await bo.heard("webrtc:offer"), {
      sdp: "v=0",
      from: ana.id,
      user: anaName,
    });
    bo.say("webrtc:answer", { to: ana.id, sdp: "v=0" });
    await ana.heard("webrtc:answer", (it) => it.from === bo.id);
    bo.say("webrtc:ice", { to: ana.id, candidate: { sdpMid: "0" } });
    await ana.heard("webrtc:ice", (it) => it.candidate.sdpMid === "0");
    const elsewhere = await host.ask("webrtc:offer", { to: bo.id, sdp: "v=0" });
    assert.deepEqual([elsewhere.ok, elsewhere.error], [false, "forbidden"]);

    // Calls: ringing, answering, negotiating from wherever one is, hanging up.
    const rung = await host.ask("call:request", { to: bo.id, user: "forged" });
    assert.equal(rung.ok, true, JSON.stringify(rung));
    const { callId } = rung;
    const incoming = await bo.heard("call:incoming");
    assert.deepEqual(incoming, { from: host.id, user: `host ${transport}`, callId });
    const early = await host.ask("webrtc:offer", { to: bo.id, sdp: "v=0" });
    assert.deepEqual([early.ok, early.error], [false, "forbidden"]);
    assert.equal((await bo.ask("call:accept", { to: host.id })).callId, callId);
    assert.deepEqual(await host.heard("call:accepted"), { from: bo.id, user: boName, callId });
    host.say("webrtc:offer", { to: bo.id, sdp: "v=0" });
    await bo.heard("webrtc:offer", (it) => it.from === host.id);
    assert.equal((await bo.ask("call:end", { to: host.id })).ok, true);
    assert.deepEqual(await host.heard("call:ended"), { from: bo.id, user: boName, callId });
    await bo.heard("call:ended");
    assert.deepEqual(ana.untaken("call:incoming"), []);

    // Walking out, and going.
    assert.equal((await bo.ask("room:leave")).ok, true);
    await ana.heard("room:users", named(anaName));
    await bo.ask("room:join", { roomId, user: { name: "another name" } });
    await ana.heard("room:users", named(anaName, boName));
    bo.close();
    await ana.heard("room:users", named(anaName));
    await host.heard("rooms:list", (rooms) =>
      rooms.some((it) => it.id === roomId && it.users === 1),
    );
    ana.close();
    host.close();
    // What was for Bo alone ended with Bo.
    assert.equal((await fetch(address)).status, 401);
  });
}

test("a name that somebody has gets a number, and a token keeps who one is", async () => {
  const first = await Page.in(hearth, "music", "Twin");
  const second = await Page.in(hearth, "music", "Twin");
  assert.equal(second.joined.user.name, "Twin 2");
  const { token, identity } = second.joined.user;
  second.close();
  await first.heard("room:users", named("Twin"));
  const again = await Page.in(hearth, "music", "Twin", { auth: { token } });
  assert.deepEqual([again.joined.user.identity, again.joined.user.name], [identity, "Twin 2"]);
  assert.equal(
    (await first.ask("rooms:create", { name: "General", icon: "💬" })).error,
    "room_exists",
  );
  first.close();
  again.close();
});

test("the REST addresses are of the older shapes", async () => {
  const rooms = await (await fetch(`${hearth.url}/api/rooms`)).json();
  assert.deepEqual(Object.keys(rooms.rooms[0]).sort(), ["icon", "id", "name", "users"]);
  const health = await (await fetch(`${hearth.url}/api/health`)).json();
  assert.equal(health.ok, true);
  const missing = await fetch(`${hearth.url}/api/nothing`);
  assert.equal(missing.status, 404);
  assert.deepEqual(Object.keys(await missing.json()).sort(), ["details", "error"]);
});
