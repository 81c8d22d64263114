// Who this tab is.
//
// Owns the token: this tab's, the one remembered for the next visit, and the Web Lock that lets
// one tab alone use it. Without the lock a second tab would silently throw the first one out; with
// it, the second comes in as somebody else and may take over. Never talks to the server.

import { keep, read } from "./shelf";

/** An identity and what proves it. */
export interface Pass {
  identity: string;
  token: string;
}

/** A reload releases the old page's lock a moment after the new page asks, ms. */
const LOCK_PATIENCE_MS = 400;

function isPass(value: unknown): value is Pass {
  const pass = value as Partial<Pass> | null;
  return typeof pass?.identity === "string" && typeof pass.token === "string";
}

/** Holds the lock of one identity until the page goes. Resolves with whether it is held. */
function claim(identity: string, steal: boolean): Promise<boolean> {
  // Without a secure origin there are no locks: then the server alone decides who stays.
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    const hold = () => {
      resolve(true);
      return new Promise<never>(() => {});
    };
    const name = `hearth.${identity}`;
    const held = steal
      ? navigator.locks.request(name, { steal: true }, hold)
      : navigator.locks.request(name, { signal: AbortSignal.timeout(LOCK_PATIENCE_MS) }, hold);
    held.catch(() => resolve(false));
  });
}

export class Identity {
  #pass: Pass | undefined;
  /** What another tab is using. */
  #taken: Pass | undefined;
  #apart = false;

  get pass(): Pass | undefined {
    return this.#pass;
  }

  /** Whether the remembered identity is in use by another tab. */
  get second(): boolean {
    return this.#taken !== undefined;
  }

  /** Finds out who this tab is: who it was, who was here last time, or nobody yet. */
  async wake(): Promise<void> {
    const own = read("visit", "pass", isPass);
    const remembered = read("house", "pass", isPass);
    for (const pass of own && own.identity !== remembered?.identity
      ? [own, remembered]
      : [remembered]) {
      if (!pass) continue;
      if (await claim(pass.identity, false)) {
        this.#pass = pass;
        this.#apart = pass.identity !== remembered?.identity;
        return;
      }
      this.#taken = pass;
    }
    this.#apart = this.#taken !== undefined;
  }

  /** Becomes who the other tab is; the server closes that one. */
  async takeOver(): Promise<void> {
    const pass = this.#taken ?? read("house", "pass", isPass) ?? this.#pass;
    if (!pass) return;
    await claim(pass.identity, true);
    this.#taken = undefined;
    this.#apart = false;
    this.remember(pass);
  }

  /** The server has said who one is. Returns whether the token is another one. */
  remember(pass: Pass): boolean {
    const fresh = pass.identity !== this.#pass?.identity;
    const another = pass.token !== this.#pass?.token;
    this.#pass = pass;
    keep("visit", "pass", pass);
    // A tab that is somebody beside does not become the one who is remembered.
    if (!this.#apart) keep("house", "pass", pass);
    if (fresh) void claim(pass.identity, false);
    return another;
  }

  /** The token is no longer known to the server. */
  forget(): void {
    if (!this.#apart) keep("house", "pass", undefined);
    keep("visit", "pass", undefined);
    this.#pass = undefined;
  }
}
