// Somebody at a page of the older chat and somebody who speaks the native protocol, in one room.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startHearth } from "../browsers/program.mjs";
import { Native } from "./native.mjs";
import { Page, recording } from "./page.mjs";

let hearth;
before(async () => {
  hearth = await startHearth();
});
after(() => hearth?.stop());

test("each sees what the other does", async () => {
  const native = await Native.in(hearth, "general", "Native");
  const page = await Page.in(hearth, "general", "Page");
  const pageIdentity = page.joined.user.identity;
  const people = await page.heard("room:users", (it) => it.length === 2);
  assert.deepEqual(people, [
    { name: "Native", socketId: native.identity },
    { name: "Page", socketId: page.id },
  ]);
  await native.heard((it) => it.type === "room:delta" && it.present?.[0].name === "Page");

  const room = { room: "general" };
  const message = "c0ffee0123456789abcdef0123456789";
  const sent = await native.ask({ type: "chat:send", conversation: room, message, text: "Hello" });
  const heard = await page.heard("chat:message");
  const seq = sent.result.position.seq;
  assert.deepEqual(
    [heard.id, heard.user, heard.from],
    [`general:${seq}`, "Native", native.identity],
  );
  page.say("chat:send", { text: "Hello yourself" });
  const entry = (fits) => native.heard((it) => it.type === "chat:entry" && fits(it.entry, it));
  await entry((it) => it.message?.body.text === "Hello yourself");
  await page.ask("chat:send:voice", { audio: recording().audio });
  const voice = await entry((it) => it.message?.body.kind === "voice");
  assert.ok(voice.entry.message.body.duration_ms > 1_000);

  page.say("chat:react", { messageId: heard.id, emoji: "🌿" });
  const reacted = await entry((it) => it.kind === "reacted" && it.of === seq);
  assert.deepEqual(reacted.entry.reactions, [{ emoji: "🌿", count: 1, by: [pageIdentity] }]);
  await native.ask({ type: "chat:react", conversation: room, of: seq, emoji: "🌿", on: true });
  const both = await page.heard("chat:reaction:update", (it) => it.reactions[0]?.count === 2);
  assert.deepEqual(both.reactions[0].by, [page.id, native.identity]);
  await native.ask({ type: "chat:edit", conversation: room, of: seq, text: "Hello!" });
  assert.equal((await page.heard("chat:edited")).text, "Hello!");
  await native.ask({ type: "chat:delete", conversation: room, of: seq });
  assert.equal((await page.heard("chat:deleted")).messageId, heard.id);
  const { history } = await page.ask("chat:history", { roomId: "general" });
  assert.deepEqual(
    history.map((it) => it.type),
    ["chat", "voice"],
  );

  page.say("chat:typing", { isTyping: true });
  await native.heard((it) => it.type === "chat:typing" && it.name === "Page" && it.typing);
  await native.ask({ type: "chat:typing", conversation: room, typing: true });
  assert.equal((await page.heard("chat:typing:status")).socketId, native.identity);

  page.say("presence:speaking", { isSpeaking: true });
  await native.heard((it) => it.type === "participant:voice" && it.voice.speaking);
  page.say("presence:mute", { muted: true });
  await native.heard((it) => it.type === "participant:voice" && it.voice.muted);

  page.say("dm:send", { toUser: native.identity, text: "In private" });
  await entry(
    (it, { conversation }) =>
      conversation.person === pageIdentity && it.message?.body.text === "In private",
  );
  await native.ask({
    type: "chat:send",
    conversation: { person: pageIdentity },
    message: "c0ffee0123456789abcdef0123456780",
    text: "Likewise",
  });
  const direct = await page.heard("chat:direct:received");
  assert.deepEqual([direct.text, direct.from], ["Likewise", native.identity]);

  const relayed = await page.ask("webrtc:offer", { to: native.identity, sdp: "v=0" });
  assert.equal(relayed.error, "person_not_found");
  page.close();
  const gone = await native.heard((it) => it.type === "room:delta" && it.left);
  assert.equal(gone.left[0].reason, "left");
  native.socket.close();
});
