// Whose voice one receiving section plays.
//
// Owns the reading of contributing sources (RFC 3550 §5.1): the server puts the talker's
// participant number into every packet, so this never waits for signalling. Pure: time is an
// argument and the browser's own clock is not used, only whether it moved.

/** A ring goes out this long after the last packet, ms. */
export const RING_MS = 500;
/** A talker is forgotten this long after the last packet, ms: the slot may be given to another. */
export const TALKER_MS = 10_000;

/** What is used of RTCRtpContributingSource. */
export interface Source {
  source: number;
  timestamp: number;
}

export class SlotWatch {
  #talker: number | undefined;
  #stamp = Number.NEGATIVE_INFINITY;
  #heardAt = Number.NEGATIVE_INFINITY;

  /** The participant whose voice is in this slot now. */
  get talker(): number | undefined {
    return this.#talker;
  }

  /** Looks at what the receiver tells. Entries live 10 s there, in no order: the newest counts. */
  observe(sources: readonly Source[], nowMs: number): number | undefined {
    let newest: Source | undefined;
    for (const source of sources) {
      if (source.source !== 0 && (!newest || source.timestamp > newest.timestamp)) newest = source;
    }
    if (newest && newest.timestamp > this.#stamp) {
      this.#stamp = newest.timestamp;
      this.#talker = newest.source;
      this.#heardAt = nowMs;
    }
    if (nowMs - this.#heardAt > TALKER_MS) this.#talker = undefined;
    return this.#talker;
  }

  /** Whether packets came within the last `RING_MS`. */
  live(nowMs: number): boolean {
    return this.#talker !== undefined && nowMs - this.#heardAt <= RING_MS;
  }
}
