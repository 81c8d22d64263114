// What is written and what the page shows of it: logs, marks, what waits to be sent, who types,
// and the conversations with others.
//
// Owns the shapes and their first values. Never acts: the engine writes, the face reads.

import { createStore } from "zustand/vanilla";
import type { DirectSummary, IdentityId } from "../protocol";
import type { Log } from "./log";
import type { Outgoing } from "./outbox";
import type { Place } from "./place";

/** How far one has read, and what is new since. */
export interface Mark {
  /** The number of the last entry seen; 0 for nothing. */
  readonly seq: number;
  /** Messages by others after it. */
  readonly unread: number;
  /** How many of them mention one. */
  readonly mentions: number;
  /** Where "new since" stands: behind this number. */
  readonly since: number | undefined;
}

export interface WrittenState {
  readonly logs: ReadonlyMap<Place, Log>;
  readonly marks: ReadonlyMap<Place, Mark>;
  /** In the order in which they were written. */
  readonly outbox: readonly Outgoing[];
  /** Names by identity. */
  readonly typing: ReadonlyMap<Place, ReadonlyMap<IdentityId, string>>;
  /** The newest first; `undefined` until the server told. */
  readonly directs: readonly DirectSummary[] | undefined;
}

export const written = createStore<WrittenState>()(() => ({
  logs: new Map(),
  marks: new Map(),
  outbox: [],
  typing: new Map(),
  directs: undefined,
}));

/** A map with one value put, or taken away if it is `undefined`. */
export function put<Key, Value>(
  map: ReadonlyMap<Key, Value>,
  key: Key,
  value: Value | undefined,
): ReadonlyMap<Key, Value> {
  const after = new Map(map);
  if (value === undefined) after.delete(key);
  else after.set(key, value);
  return after;
}
