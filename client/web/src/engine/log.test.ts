// Windows onto a log, held against the log itself: whatever is lost, late or scrolled away, what
// they show is what the log has there.

import { beforeEach, expect, test } from "vitest";
import type { Ack, CatchUp, ChatMessage, ClientMessage, Entry, History } from "../protocol";
import { WINDOW } from "./log";
import { Logs } from "./logs";
import { written } from "./written";

const PLACE = "room:general";
const author = { identity: "a", name: "Ana", avatar: { coat: 0 } };

/** Rolls the same dice every time. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % sides;
  };
}

/** A log as the server keeps it. */
class Kept {
  epoch = "e1";
  entries: Entry[] = [];
  messages: ChatMessage[] = [];

  get position() {
    return { epoch: this.epoch, seq: this.entries.length, tag: this.entries.at(-1)?.tag ?? 0 };
  }

  write(roll: (sides: number) => number): Entry {
    const seq = this.entries.length + 1;
    const base = { seq, tag: roll(1e6), at_ms: seq };
    const of = this.messages[Math.max(0, this.messages.length - 1 - roll(400))];
    const what = of && of.body.kind === "text" ? roll(10) : 9;
    const entry = this.#entry(base, what, of, roll);
    this.entries.push(entry);
    return entry;
  }

  #entry(
    base: { seq: number; tag: number; at_ms: number },
    what: number,
    of: ChatMessage | undefined,
    roll: (sides: number) => number,
  ): Entry {
    const change = (after: ChatMessage) => {
      this.messages = this.messages.map((one) => (one.seq === after.seq ? after : one));
    };
    if (of && what === 0) {
      const text = `edited ${base.seq}`;
      change({ ...of, body: { kind: "text", text }, edited_at_ms: base.at_ms });
      return { ...base, kind: "edited", of: of.seq, text };
    }
    if (of && what === 1) {
      const { reactions: _, edited_at_ms: __, ...rest } = of;
      change({ ...rest, body: { kind: "deleted", by: "a" } });
      return { ...base, kind: "deleted", of: of.seq, by: "a" };
    }
    if (of && what === 2) {
      const emoji = ["🌿", "🔥"][roll(2)] ?? "🌿";
      const reactions = [...(of.reactions ?? []).filter((one) => one.emoji !== emoji)];
      reactions.push({ emoji, count: 1 + roll(5), by: ["a"] });
      change({ ...of, reactions });
      return { ...base, kind: "reacted", of: of.seq, by: "a", emoji, on: true, reactions };
    }
    const message: ChatMessage = {
      seq: base.seq,
      id: `${base.seq}`,
      at_ms: base.at_ms,
      author,
      body: { kind: "text", text: `text ${base.seq}` },
    };
    this.messages.push(message);
    return { ...base, kind: "message", message };
  }

  page(ask: { before?: number; after?: number; around?: number; limit?: number }): History {
    const { limit = 50 } = ask;
    const all = this.messages;
    const index = (seq: number) => all.filter((one) => one.seq < seq).length;
    let from = all.length - limit;
    if (ask.before !== undefined) from = index(ask.before) - limit;
    if (ask.after !== undefined) from = index(ask.after + 1);
    if (ask.around !== undefined) from = index(ask.around) - Math.floor(limit / 2);
    const to = ask.before !== undefined ? index(ask.before) : Math.max(0, from) + limit;
    const messages = all.slice(Math.max(0, from), to);
    return {
      position: this.position,
      messages,
      more_before: from > 0,
      more_after: to < all.length,
    };
  }

  catchUp({ epoch, seq }: { epoch: string; seq: number }): CatchUp {
    const history = this.page({});
    if (epoch !== this.epoch || seq > this.entries.length) return { outcome: "reset", history };
    if (this.entries.length - seq > 80) return { outcome: "gap", history };
    return { outcome: "replay", entries: this.entries.slice(seq) };
  }

  answer(message: ClientMessage): Ack {
    if (message.type === "chat:history") return { of: "chat:history", ...this.page(message) };
    if (message.type === "chat:catch_up") {
      return { of: "chat:catch_up", ...this.catchUp(message.position) };
    }
    throw new Error(`${message.type} is not asked here`);
  }
}

/** The window shows what the log has there, and knows whether there is more. */
function holds(kept: Kept): void {
  const log = written.getState().logs.get(PLACE);
  if (!log) throw new Error("the log is not open");
  expect(log.messages.length).toBeLessThanOrEqual(WINDOW);
  const first = kept.messages.findIndex(({ seq }) => seq === log.messages[0]?.seq);
  expect(first).toBeGreaterThanOrEqual(0);
  expect(log.messages).toEqual(kept.messages.slice(first, first + log.messages.length));
  expect(log.moreBefore).toBe(first > 0);
  expect(log.moreAfter).toBe(first + log.messages.length < kept.messages.length);
  expect(log.position).toEqual(kept.position);
}

beforeEach(() => written.setState({ logs: new Map() }));

test.each(Array.from({ length: 20 }, (_, seed) => seed))(
  "whatever is lost, late or out of turn, a window shows what the log has there (%i)",
  async (seed) => {
    const roll = dice(seed + 1);
    const kept = new Kept();
    for (let count = 0; count < 900; count++) kept.write(roll);
    /** Answers under way; each is read when it is asked and arrives when it is let go. */
    const answers: (() => void)[] = [];
    const ask = (message: ClientMessage): Promise<Ack> => {
      const ack = structuredClone(kept.answer(message));
      return new Promise((done) => answers.push(() => done(ack)));
    };
    const took: number[] = [];
    const logs = new Logs(
      ask,
      (_, { seq }) => took.push(seq),
      () => {},
    );
    const settle = async () => {
      for (let idle = 0; idle < 20; idle++) {
        const answer = answers.shift();
        if (answer) idle = 0;
        answer?.();
        await Promise.resolve();
      }
    };
    void logs.open(PLACE);
    await settle();
    holds(kept);
    const lost: Entry[] = [];
    for (let step = 0; step < 900; step++) {
      if (step % 30 === 29) {
        // One more, so that a hole at the very end is noticed.
        logs.take(PLACE, kept.write(roll));
        await settle();
        holds(kept);
      }
      switch (roll(9)) {
        case 0:
          void logs.older(PLACE);
          break;
        case 1:
          void logs.newer(PLACE);
          break;
        case 2:
          if (roll(8) === 0) void logs.around(PLACE, kept.messages[roll(800)]?.seq ?? 1);
          break;
        case 3:
          if (roll(8) === 0) void logs.latest(PLACE);
          break;
        case 4:
          answers.shift()?.();
          await Promise.resolve();
          break;
        case 5:
          // Told twice, or too late.
          if (lost.length) logs.take(PLACE, lost[roll(lost.length)] as Entry);
          break;
        default: {
          const entry = kept.write(roll);
          if (roll(12) === 0) lost.push(entry);
          else logs.take(PLACE, entry);
        }
      }
    }
    // Each entry that was taken as the next one was.
    expect(took).toEqual(took.toSorted((a, b) => a - b));
    expect(new Set(took).size).toBe(took.length);
  },
);

test("a log that is another one is taken anew", async () => {
  const roll = dice(7);
  const kept = new Kept();
  for (let count = 0; count < 20; count++) kept.write(roll);
  const logs = new Logs(
    async (message) => kept.answer(message),
    () => {},
    () => {},
  );
  await logs.open(PLACE);
  const other = new Kept();
  other.epoch = "e2";
  for (let count = 0; count < 5; count++) other.write(roll);
  Object.assign(kept, { epoch: other.epoch, entries: other.entries, messages: other.messages });
  await logs.open(PLACE);
  holds(kept);
});

test("a message that another answers is fetched once, and changes with its entries", async () => {
  const roll = dice(3);
  const kept = new Kept();
  for (let count = 0; count < 500; count++) kept.write(roll);
  let asked = 0;
  const logs = new Logs(
    async (message) => {
      asked += 1;
      return kept.answer(message);
    },
    () => {},
    () => {},
  );
  await logs.open(PLACE);
  const old = kept.messages.find(({ body }) => body.kind === "text")?.seq ?? 0;
  await Promise.all([logs.quote(PLACE, old), logs.quote(PLACE, old)]);
  expect(asked).toBe(2);
  const quoted = () => written.getState().logs.get(PLACE)?.quoted.get(old);
  expect(quoted()?.seq).toBe(old);
  const seq = kept.entries.length + 1;
  logs.take(PLACE, { seq, tag: 1, at_ms: 1, kind: "edited", of: old, text: "anew" });
  expect(quoted()?.body).toEqual({ kind: "text", text: "anew" });
});
