// Who is writing just now, and telling that one is.
//
// Owns when that ends by itself. In a crowd nobody is told.

import type { IdentityId } from "../protocol";
import type { Ask } from "./ask";
import { conversationOf, type Place } from "./place";
import { put, written } from "./written";

/** What was told holds this long, ms: the protocol's. */
const HOLDS_MS = 5_000;
/** Whoever goes on typing says so again after this, ms. */
const AGAIN_MS = 3_000;

export class Typings {
  readonly #ends = new Map<string, ReturnType<typeof setTimeout>>();
  #told: { place: Place; at: number } | undefined;

  constructor(private readonly ask: Ask) {}

  /** Somebody else types, or has stopped. */
  heard(place: Place, identity: IdentityId, name: string, typing: boolean): void {
    const key = `${place} ${identity}`;
    clearTimeout(this.#ends.get(key));
    this.#ends.delete(key);
    if (typing) {
      this.#ends.set(
        key,
        setTimeout(() => this.heard(place, identity, name, false), HOLDS_MS),
      );
    }
    const names = written.getState().typing.get(place) ?? new Map();
    if (!typing && !names.has(identity)) return;
    const after = put(names, identity, typing ? name : undefined);
    written.setState(({ typing }) => ({
      typing: put(typing, place, after.size ? after : undefined),
    }));
  }

  /** One types oneself, or has stopped: sent, or taken everything away. */
  say(place: Place, typing: boolean): void {
    const told = this.#told?.place === place ? this.#told : undefined;
    const now = performance.now();
    if (typing ? told && now - told.at < AGAIN_MS : !told) return;
    this.#told = typing ? { place, at: now } : undefined;
    const conversation = conversationOf(place);
    this.ask({ type: "chat:typing", conversation, typing }).catch(() => {
      // It ends by itself.
    });
  }

  /** What was heard in a session that is over is nothing now. */
  forget(): void {
    for (const timer of this.#ends.values()) clearTimeout(timer);
    this.#ends.clear();
    this.#told = undefined;
    written.setState({ typing: new Map() });
  }
}
