// The figures of a call, from the browser's statistics.
//
// Owns the reading of RTCStatsReport, whose fields differ from browser to browser: what is missing
// is `undefined`, never a guess. Rates and losses are since the reading before.

import type { HeardTalker, Quality } from "./stores";

type Entry = { type: string; id: string } & Record<string, unknown>;

interface Totals {
  at: number;
  bytesSent: number;
  bytesReceived: number;
  packetsReceived: number;
  packetsLost: number;
  bufferDelay: number;
  bufferEmitted: number;
  tracks: ReadonlyMap<string, Track>;
}

/** Totals of one receiving section. */
interface Track {
  bytes: number;
  received: number;
  lost: number;
}

const number = (entry: Entry | undefined, name: string): number | undefined => {
  const value = entry?.[name];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
};
const word = (entry: Entry | undefined, name: string): string | undefined => {
  const value = entry?.[name];
  return typeof value === "string" ? value : undefined;
};
const sum = (entries: Entry[], name: string) =>
  entries.reduce((total, entry) => total + (number(entry, name) ?? 0), 0);
const ms = (seconds: number | undefined) =>
  seconds === undefined ? undefined : Math.round(seconds * 1000);

export class Statistics {
  #before: Totals | undefined;
  #vital: number | undefined;
  #vitalAt = 0;

  /** Reads a report. `talking` are the receiving tracks that a talker holds: only their jitter counts. */
  read(
    report: Iterable<[string, unknown]>,
    nowMs: number,
    talking: ReadonlyMap<string, number>,
  ): Quality {
    const entries = [...report].map(([, entry]) => entry as Entry);
    const of = (type: string) => entries.filter((entry) => entry.type === type);
    const byId = (id: unknown) => entries.find((entry) => entry.id === id);
    const incoming = of("inbound-rtp");
    const outgoing = of("outbound-rtp");
    const remote = of("remote-inbound-rtp")[0];
    const transport = of("transport")[0];
    const pair =
      byId(transport?.selectedCandidatePairId) ??
      of("candidate-pair").find((entry) => entry.nominated && entry.state === "succeeded");
    const heard = incoming.filter((entry) => talking.has(word(entry, "trackIdentifier") ?? ""));

    const now: Totals = {
      at: nowMs,
      bytesSent: sum(outgoing, "bytesSent"),
      bytesReceived: sum(incoming, "bytesReceived"),
      packetsReceived: sum(incoming, "packetsReceived"),
      packetsLost: sum(incoming, "packetsLost"),
      bufferDelay: sum(heard, "jitterBufferDelay"),
      bufferEmitted: sum(heard, "jitterBufferEmittedCount"),
      tracks: new Map(
        incoming.map((entry) => [word(entry, "trackIdentifier") ?? "", track(entry)]),
      ),
    };
    const before = this.#before ?? now;
    this.#before = now;
    this.#notice(transport, pair, nowMs);

    const seconds = Math.max(0.001, (now.at - before.at) / 1000);
    const received = now.packetsReceived - before.packetsReceived;
    const lost = Math.max(0, now.packetsLost - before.packetsLost);
    const emitted = now.bufferEmitted - before.bufferEmitted;
    const jitter = heard.map((entry) => number(entry, "jitter") ?? 0);
    return {
      roundTripMs: ms(number(pair, "currentRoundTripTime") ?? number(remote, "roundTripTime")),
      sendLoss: number(remote, "fractionLost"),
      hearLoss: received + lost > 0 ? lost / (received + lost) : undefined,
      sendJitterMs: ms(number(remote, "jitter")),
      hearJitterMs: jitter.length ? ms(Math.max(...jitter)) : undefined,
      bufferMs: emitted > 0 ? ms((now.bufferDelay - before.bufferDelay) / emitted) : undefined,
      sendRate: Math.max(0, ((now.bytesSent - before.bytesSent) * 8) / seconds),
      hearRate: Math.max(0, ((now.bytesReceived - before.bytesReceived) * 8) / seconds),
      way: way(byId(pair?.localCandidateId)),
      cipher: word(transport, "srtpCipher"),
      tls: tls(word(transport, "tlsVersion")),
      talkers: heard.map((entry) => {
        const id = word(entry, "trackIdentifier") ?? "";
        return { number: talking.get(id) ?? 0, ...this.#since(before, id, entry, seconds) };
      }),
    };
  }

  #since(before: Totals, id: string, entry: Entry, seconds: number): Omit<HeardTalker, "number"> {
    const now = track(entry);
    const { bytes, received, lost } = before.tracks.get(id) ?? now;
    const more = now.received - received;
    const missed = Math.max(0, now.lost - lost);
    return {
      rate: Math.max(0, ((now.bytes - bytes) * 8) / seconds),
      loss: more + missed > 0 ? missed / (more + missed) : undefined,
      jitterMs: ms(number(entry, "jitter")),
    };
  }

  /** For how long nothing at all has come from the server, ms; 0 where the browser does not tell. */
  silentMs(nowMs: number): number {
    return this.#vital === undefined ? 0 : nowMs - this.#vitalAt;
  }

  #notice(transport: Entry | undefined, pair: Entry | undefined, nowMs: number): void {
    const answers = number(pair, "responsesReceived");
    const bytes = number(transport, "bytesReceived") ?? number(pair, "bytesReceived");
    const vital = answers === undefined ? undefined : answers + (bytes ?? 0);
    if (vital !== this.#vital) this.#vitalAt = nowMs;
    this.#vital = vital;
  }
}

function track(entry: Entry): Track {
  return {
    bytes: number(entry, "bytesReceived") ?? 0,
    received: number(entry, "packetsReceived") ?? 0,
    lost: number(entry, "packetsLost") ?? 0,
  };
}

function way(local: Entry | undefined): string | undefined {
  const protocol = word(local, "relayProtocol") ?? word(local, "protocol");
  if (!protocol) return undefined;
  const relayed = word(local, "candidateType") === "relay";
  return `${protocol.toUpperCase()}, ${relayed ? "relayed" : "direct"}`;
}

/** `FEFD` on the wire is DTLS 1.2, `FEFC` 1.3 (RFC 9147 §5.3). */
function tls(version: string | undefined): string | undefined {
  switch (version?.toUpperCase()) {
    case "FEFD":
      return "DTLS 1.2";
    case "FEFC":
      return "DTLS 1.3";
    default:
      return version;
  }
}
