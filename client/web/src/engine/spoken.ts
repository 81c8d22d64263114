// Voice messages: spoken, sent and played.
//
// Owns the recorder and the player, and what lies between them and the server: the upload of a
// sound and the cookie that lets the browser fetch those of others. Never shows anything.

import type { Identity } from "./identity";
import type { Microphone } from "./microphone";
import type { Place } from "./place";
import { Player } from "./player";
import { change, Recordings, recordings } from "./recordings";
import { Refusal } from "./refusal";
import { session } from "./stores";
import { upload } from "./upload";

/** A sound that the server has, as a message carries it. */
export interface Spoken {
  kind: "voice";
  blob: string;
  duration_ms: number;
  peaks: readonly number[];
}

/** What voice messages need of the house. */
export interface House {
  microphone: Microphone;
  identity: Identity;
  /** Told when a recording begins and when it does not go on. */
  onrecording: (recording: boolean) => void;
  /** Puts a message on its way. `false`: too many are waiting. */
  post: (place: Place, content: Spoken, reply: number | undefined) => boolean;
}

export class VoiceMessages {
  readonly recordings: Recordings;
  readonly player: Player;

  constructor(private readonly house: House) {
    const mostMs = () => session.getState().limits?.voice_message_ms ?? 0;
    this.recordings = new Recordings(house.microphone, mostMs, house.onrecording);
    this.player = new Player(() => this.admit());
  }

  /** Lets the browser fetch sounds as oneself: an `<audio>` can send no header. */
  async admit(): Promise<void> {
    const token = this.house.identity.pass?.token;
    if (!token) throw new Refusal("unauthorized", "nobody yet");
    const headers = { Authorization: `Bearer ${token}` };
    const { ok, status } = await fetch("/api/blobs/cookie", { method: "PUT", headers });
    if (!ok) throw new Refusal("internal", `the cookie was answered by ${status}`);
  }

  /** Sends what was recorded for a place. Resolves with whether it is on its way. */
  async send(place: Place, reply: number | undefined): Promise<boolean> {
    const take = await this.recordings.finish(place);
    const token = this.house.identity.pass?.token;
    if (!take || !token || recordings.getState()[place]?.phase === "sending") return false;
    this.player.release(draftId(place));
    change(place, { phase: "sending", share: 0, trouble: undefined });
    try {
      const stored = await upload(take.sound, token, (share) => change(place, { share }));
      const { blob, duration_ms } = stored;
      const content: Spoken = { kind: "voice", blob, duration_ms, peaks: take.peaks };
      if (!this.house.post(place, content, reply)) throw new Refusal("busy", "too many wait");
      this.recordings.discard(place);
      return true;
    } catch (thrown) {
      const vain = Refusal.code(thrown) === "blob_invalid";
      change(place, { phase: "done", trouble: vain ? "refused" : "offline" });
      return false;
    }
  }

  /** Throws away what was recorded for a place. */
  discard(place: Place): void {
    this.player.release(draftId(place));
    this.recordings.discard(place);
  }
}

/** What the player calls a recording that was not sent yet. */
export function draftId(place: Place): string {
  return `draft:${place}`;
}
