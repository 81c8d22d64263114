// Asking the server for something.

import type { Ack, ClientMessage } from "../protocol";

/** Resolves with what came of it; rejects with a `Refusal`. */
export type Ask = (message: ClientMessage) => Promise<Ack>;
