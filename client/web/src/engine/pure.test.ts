// The parts of the engine that need no browser: frames, slots, levels, seats, the list of rooms.
import { expect, test } from "vitest";
import { counts, decode } from "./decode";
import { Envelope, loudness } from "./level";
import { applied } from "./roomlist";
import { seated } from "./seats";
import { RING_MS, SlotWatch } from "./slots";
import { Statistics } from "./statistics";

test("what is not understood is no message, and counts towards a resume", () => {
  for (const frame of ["", "[]", "null", '{"type":"toString"}', '{"type":"pong"}', 7]) {
    expect(decode(frame)).toBeUndefined();
    expect(counts(decode(frame))).toBe(true);
  }
  expect(counts(decode('{"type":"pong","id":1}'))).toBe(false);
});

test("the newest source of a slot is its talker, and its ring goes out by time", () => {
  const slot = new SlotWatch();
  const sources = [
    { source: 7, timestamp: 20 },
    { source: 9, timestamp: 40 },
  ];
  expect(slot.observe(sources, 0)).toBe(9);
  expect(slot.live(RING_MS)).toBe(true);
  slot.observe(sources, RING_MS + 1);
  expect(slot.live(RING_MS + 1)).toBe(false);
});

test("a level rises faster than it falls", () => {
  const envelope = new Envelope();
  envelope.step(0, 0);
  const up = envelope.step(1, 60);
  const down = up - envelope.step(0, 120);
  expect(up).toBeCloseTo(1 - Math.exp(-1), 5);
  expect(down).toBeLessThan(up / 2);
  expect(loudness(0)).toBe(0);
});

test("a speaker on the bench takes the seat of whoever was silent longest, and nobody moves", () => {
  const here = Array.from({ length: 9 }, (_, index) => ({ number: index + 1, speaks: true }));
  const before = seated([], here, 1, new Set(), new Map());
  expect(before).toHaveLength(8);
  const spoke = new Map(before.map((number) => [number, number === 4 ? 1 : 5]));
  const after = seated(before, here, 1, new Set([9]), spoke);
  expect(after).toEqual(before.map((number) => (number === 4 ? 9 : number)));
});

test("a delta changes only the room that it names", () => {
  const room = { id: "a", name: "A", icon: "x", messages: 0, count: 1, participants: [] };
  const other = { ...room, id: "b" };
  expect(applied([room, other], [{ id: "a", count: 2, messages: 3 }])).toEqual([
    { ...room, count: 2, messages: 3 },
    other,
  ]);
  expect(
    applied(
      [room, other],
      [
        { id: "b", removed: true },
        { id: "c", count: 3 },
      ],
    ),
  ).toEqual([room]);
});

test("rates and losses are of each talker, since the reading before", () => {
  const statistics = new Statistics();
  const report = (bytes: number, packets: number, lost: number): [string, unknown][] => [
    [
      "in",
      {
        type: "inbound-rtp",
        id: "in",
        trackIdentifier: "track",
        bytesReceived: bytes,
        packetsReceived: packets,
        packetsLost: lost,
        jitter: 0.004,
      },
    ],
  ];
  const talking = new Map([["track", 17]]);
  statistics.read(report(10_000, 100, 5), 0, talking);
  const { talkers } = statistics.read(report(18_000, 190, 15), 2_000, talking);
  expect(talkers).toEqual([{ number: 17, rate: 32_000, loss: 0.1, jitterMs: 4 }]);
  expect(statistics.read(report(18_000, 190, 15), 4_000, new Map()).talkers).toEqual([]);
});
