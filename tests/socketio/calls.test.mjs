// Calls between two people: at pages of the older chat, and with somebody at the native one.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startHearth } from "../browsers/program.mjs";
import { Native } from "./native.mjs";
import { Page } from "./page.mjs";

let hearth;
before(async () => {
  // As short as it may be, so that a call that nobody answers is soon missed.
  hearth = await startHearth({ "limits.enabled": false, "calls.ring_ms": 1_000 });
});
after(() => hearth?.stop());

/** Somebody at a page of the older chat, in no room. */
async function page(name) {
  const page = await Page.open(hearth);
  page.user = (await page.ask("user:online", { name })).user;
  return page;
}

/** Rings, and waits until it does. */
async function ring(caller, callee) {
  const rung = await caller.ask("call:request", { to: callee.id });
  assert.equal(rung.ok, true, JSON.stringify(rung));
  await callee.heard("call:incoming", (it) => it.callId === rung.callId);
  return rung.callId;
}

test("a call is answered, declined, given up or missed", async () => {
  const [ana, bo, cy] = [await page("Ana"), await page("Bo"), await page("Cy")];
  await ring(ana, bo);
  assert.equal((await bo.ask("call:reject", { to: ana.id })).ok, true);
  assert.equal((await ana.heard("call:rejected")).from, bo.id);

  await ring(ana, bo);
  assert.equal((await ana.ask("call:timeout", { to: bo.id })).ok, true);
  assert.equal((await bo.heard("call:timeout")).from, ana.id);

  const missed = await ring(ana, bo);
  await ana.heard("call:timeout", (it) => it.callId === missed);
  await bo.heard("call:timeout", (it) => it.callId === missed);

  // Pages negotiate by themselves and walk into no room: that is no reason to end a call.
  const callId = await ring(ana, bo);
  await bo.ask("call:accept", { to: ana.id });
  await ana.heard("call:accepted", (it) => it.callId === callId);
  const dan = await page("Dan");
  for (let n = 0; n < 3; n += 1) {
    const other = await ring(cy, dan);
    await cy.heard("call:timeout", (it) => it.callId === other);
  }
  assert.equal((await bo.ask("webrtc:answer", { to: ana.id, sdp: "v=0" })).ok, true);
  assert.equal((await ana.heard("webrtc:answer")).from, bo.id);
  assert.deepEqual([...ana.untaken("call:ended"), ...bo.untaken("call:ended")], []);
  // Whoever goes ends it.
  bo.close();
  const ended = await ana.heard("call:ended");
  assert.deepEqual(ended, { from: bo.user.identity, user: "Bo", callId });
  assert.equal((await ana.ask("webrtc:ice", { to: bo.user.identity })).error, "person_not_found");
  for (const one of [ana, cy, dan]) one.close();
});

test("a call is between two, and nobody else has a part in it", async () => {
  const [ana, bo, cy] = [await page("Ana"), await page("Bo"), await page("Cy")];
  await ring(ana, bo);
  assert.equal((await ana.ask("call:accept", { to: bo.id })).error, "forbidden");
  for (const event of ["call:accept", "call:reject", "call:end", "call:timeout"]) {
    for (const to of [ana.id, bo.id, cy.id, ana.user.identity]) {
      assert.equal((await cy.ask(event, { to })).error, "call_not_found", event);
    }
    assert.equal((await ana.ask(event, { to: ana.id })).error, "call_not_found", event);
    assert.equal((await ana.ask(event, { to: "Bo" })).error, "person_not_found", event);
  }
  const again = await ana.ask("call:request", { to: cy.id });
  assert.deepEqual([again.ok, again.error], [false, "in_call"]);
  await bo.ask("call:accept", { to: ana.id });
  assert.equal((await cy.ask("webrtc:offer", { to: ana.id, sdp: "v=0" })).error, "forbidden");

  // Who cannot be rung is told of by an event, and where an answer is waited for by that, too.
  const busy = await cy.ask("call:request", { to: bo.id });
  assert.deepEqual([busy.ok, busy.error], [false, "person_busy"]);
  const unavailable = { to: bo.id, socketId: bo.id, reason: "person_busy" };
  assert.deepEqual(await cy.heard("call:unavailable"), unavailable);
  // A call that ends because somebody has gone says that they are gone.
  bo.close();
  await ana.heard("call:ended");
  const to = bo.user.identity;
  cy.say("call:request", { to });
  const offline = await cy.heard("call:unavailable");
  assert.deepEqual(offline, { to, socketId: to, reason: "person_offline" });
  assert.deepEqual(cy.untaken("error"), []);
  ana.close();
  cy.close();
});

test("each rings at the other's, whichever protocol they speak", async () => {
  const native = await Native.in(hearth, undefined, "Native");
  const ana = await page("Ana");
  const { callId } = await ana.ask("call:request", { to: native.identity });
  const ringing = await native.heard((it) => it.type === "call:ringing" && it.call.call === callId);
  assert.equal(ringing.call.person.identity, ana.user.identity);
  await native.ask({ type: "call:accept", call: callId });
  const accepted = await ana.heard("call:accepted");
  assert.deepEqual(accepted, { from: native.identity, user: "Native", callId });
  // Leaving the room of the call ends it at the page as well.
  await native.ask({ type: "room:join", room: ringing.call.room });
  await native.ask({ type: "room:leave" });
  assert.equal((await ana.heard("call:ended")).callId, callId);

  const started = await native.ask({ type: "call:start", person: ana.user.identity });
  const { call } = started.result.call;
  assert.equal((await ana.heard("call:incoming")).from, native.identity);
  await ana.ask("call:accept", { to: native.identity });
  await native.heard((it) => it.type === "call:accepted" && it.call.call === call);
  await ana.ask("call:end", { to: native.identity });
  const ended = await native.heard((it) => it.type === "call:ended" && it.call === call);
  assert.equal(ended.how, "hung_up");
  ana.close();
  native.socket.close();
});
