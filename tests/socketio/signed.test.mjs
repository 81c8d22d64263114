// Somebody who comes by a token of the host's own service.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { startHearth } from "../browsers/program.mjs";
import { Page } from "./page.mjs";

const SECRET = "a secret of the host that is long enough";

/** A JWT, signed by HS256. */
function signed(claims, secret = SECRET) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const said = `${part({ alg: "HS256" })}.${part(claims)}`;
  return `${said}.${createHmac("sha256", secret).update(said).digest("base64url")}`;
}

test("the sign-in of the host's own service says who one is and where one may go", async () => {
  const hearth = await startHearth({ "auth.secret": SECRET, "guests.allowed": false });
  const exp = Math.floor(Date.now() / 1000) + 600;
  const claims = { sub: "ana", exp, name: "Ana", rooms: [{ room: "music" }] };
  const come = (token) => Page.open(hearth, { auth: { token } });
  const ana = await come(signed(claims));
  const joined = await ana.ask("room:join", { roomId: "music" });
  assert.equal(joined.user.name, "Ana", JSON.stringify(joined));
  for (const [event, payload] of [
    ["room:join", { roomId: "general" }],
    ["chat:history", { roomId: "general" }],
    ["chat:send", { roomId: "general", text: "x" }],
    ["rooms:create", { name: "Mine" }],
  ]) {
    assert.equal((await ana.ask(event, payload)).error, "forbidden", event);
  }
  ana.close();
  const again = await come(signed({ ...claims, name: undefined }));
  const { user } = await again.ask("user:online", {});
  assert.equal(user.identity, joined.user.identity);
  again.close();
  for (const token of [
    undefined,
    signed(claims, "another secret that is long enough"),
    signed({ ...claims, exp: exp - 3600 }),
  ]) {
    const other = await come(token);
    const refused = await other.ask("room:join", { roomId: "music", user: { name: "Eve" } });
    assert.equal(refused.error, "unauthorized");
    other.close();
  }
  await hearth.stop();
});
