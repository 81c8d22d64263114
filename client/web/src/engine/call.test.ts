// A call against a connection that the test plays: its offers, its recovery and its loss.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Call, type CallPhase, type Signals } from "./call";
import { Refusal } from "./refusal";

interface Transceiver {
  direction: string;
  track: unknown;
  sender: { replaceTrack(track: unknown): Promise<void> };
  receiver: { of: number };
}

/** A connection whose network the test plays. */
class Connection {
  static last: Connection;
  connectionState = "new";
  signalingState = "stable";
  localDescription: { sdp: string } | null = null;
  currentLocalDescription: { sdp: string } | null = null;
  readonly offers: RTCOfferOptions[] = [];
  readonly answers: string[] = [];
  readonly transceivers: Transceiver[] = [];
  onconnectionstatechange: (() => void) | null = null;
  closed = false;

  constructor(readonly options: RTCConfiguration) {
    Connection.last = this;
  }
  addTransceiver(_: string, { direction }: { direction: string }) {
    const transceiver: Transceiver = {
      direction,
      track: null,
      sender: {
        replaceTrack: async (track) => {
          transceiver.track = track;
        },
      },
      receiver: { of: this.transceivers.length },
    };
    this.transceivers.push(transceiver);
    return transceiver;
  }
  async createOffer(options: RTCOfferOptions) {
    this.offers.push(options);
    return { type: "offer", sdp: `offer ${this.offers.length}` };
  }
  async setLocalDescription(description: { type: string; sdp: string }) {
    if (description.type === "rollback") {
      this.signalingState = "stable";
      this.localDescription = this.currentLocalDescription;
      return;
    }
    this.signalingState = "have-local-offer";
    this.localDescription = description;
  }
  async setRemoteDescription({ sdp }: { sdp: string }) {
    this.answers.push(sdp);
    this.signalingState = "stable";
    this.currentLocalDescription = this.localDescription;
  }
  close() {
    this.closed = true;
  }
  /** The network does this. */
  becomes(state: string) {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

const phases: CallPhase[] = [];
const restarts: string[] = [];
let restart: Signals["restart"];
const track = { kind: "audio" } as MediaStreamTrack;

function open(speaks = true) {
  const signals: Signals = {
    join: async (offer) => `answer to ${offer}`,
    restart: (offer) => {
      restarts.push(offer);
      return restart(offer);
    },
  };
  const call = new Call({ servers: [], slots: 3, speaks }, signals, (phase) => phases.push(phase));
  return { call, network: Connection.last };
}

async function connected(speaks?: boolean) {
  const { call, network } = open(speaks);
  await call.open(track);
  network.becomes("connected");
  return { call, network };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("RTCPeerConnection", Connection);
  phases.length = 0;
  restarts.length = 0;
  restart = async (offer) => `answer to ${offer}`;
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("one offer with one sending section and all receiving ones, answered once", async () => {
  const { call, network } = await connected();
  expect(network.transceivers.map(({ direction }) => direction)).toEqual([
    "sendonly",
    "recvonly",
    "recvonly",
    "recvonly",
  ]);
  expect(call.receivers).toHaveLength(3);
  expect(network.options.bundlePolicy).toBe("max-bundle");
  expect(network.answers).toEqual(["answer to offer 1"]);
  expect(network.transceivers[0]?.track).toBe(track);
  expect(phases).toEqual(["connected"]);
});

test("whoever listens offers no sending section", async () => {
  const { network } = await connected(false);
  expect(network.transceivers.map(({ direction }) => direction)).toEqual(Array(3).fill("recvonly"));
});

test("muting takes the track away, without a word to the other side", async () => {
  const { call, network } = await connected();
  await call.send(null);
  expect(network.transceivers[0]?.track).toBeNull();
  expect(network.offers).toHaveLength(1);
});

test("a connection that comes back by itself is left alone", async () => {
  const { network } = await connected();
  network.becomes("disconnected");
  await vi.advanceTimersByTimeAsync(300);
  network.becomes("connected");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(restarts).toEqual([]);
});

test("a broken path is opened anew, and is then as good as before", async () => {
  const { network } = await connected();
  network.becomes("disconnected");
  await vi.advanceTimersByTimeAsync(400);
  expect(phases.at(-1)).toBe("repairing");
  expect(network.offers.at(-1)).toEqual({ iceRestart: true });
  network.becomes("connected");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(phases).toEqual(["connected", "repairing", "connected"]);
  expect(restarts).toHaveLength(1);
});

test("after three new paths in vain the call is lost", async () => {
  const { network } = await connected();
  network.becomes("failed");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(restarts).toHaveLength(3);
  expect(phases.at(-1)).toBe("lost");
});

test("attempts without the server do not count: the call waits for it", async () => {
  restart = () => Promise.reject(new Refusal("offline", ""));
  const { call, network } = await connected();
  network.becomes("failed");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(restarts.length).toBeGreaterThan(10);
  expect(phases.at(-1)).toBe("repairing");
  // Every failed attempt was taken back, so that the next one starts clean.
  expect(network.signalingState).toBe("stable");
  restart = async () => "answer";
  call.check();
  await vi.advanceTimersByTimeAsync(0);
  expect(network.answers.at(-1)).toBe("answer");
});

test("a voice that the server no longer has is lost at once", async () => {
  restart = () => Promise.reject(new Refusal("not_in_voice", ""));
  const { network } = await connected();
  network.becomes("failed");
  await vi.advanceTimersByTimeAsync(0);
  expect(phases.at(-1)).toBe("lost");
});

test("a first connection that does not come is lost after a while", async () => {
  const { call, network } = open();
  await call.open(track);
  network.becomes("connecting");
  await vi.advanceTimersByTimeAsync(15_000);
  expect(phases).toEqual(["lost"]);
});

test("a refused offer is told, and a closed call stays closed", async () => {
  const { call, network } = open();
  network.setRemoteDescription = () => Promise.reject(new Error("not SDP"));
  await expect(call.open(track)).rejects.toThrow("not SDP");
  call.close();
  expect(network.closed).toBe(true);
  network.becomes("connected");
  await vi.advanceTimersByTimeAsync(20_000);
  expect(phases).toEqual([]);
});
