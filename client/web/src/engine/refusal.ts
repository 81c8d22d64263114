// Why something that was asked for did not happen.
//
// Owns the error that requests reject with: the server's stable code, or one of this side.

/** Codes of this side: no connection, no answer in time, cut while waiting. */
export type OwnCode = "offline" | "timeout" | "cut";

/** A refusal. `message` is for people who report a bug; `code` decides what the page says. */
export class Refusal extends Error {
  constructor(
    readonly code: ErrorCode | OwnCode,
    message: string,
    /** With `rate_limited` and `busy`: when trying again makes sense, ms. */
    readonly retryAfterMs?: number,
  ) {
    super(message);
    this.name = "Refusal";
  }

  /** The code of anything thrown. */
  static code(thrown: unknown): ErrorCode | OwnCode | "fault" {
    return thrown instanceof Refusal ? thrown.code : "fault";
  }
}

import type { ErrorCode } from "../protocol";
