// A read-only window into the running page: `window.hearth`, for tests and curious developers.
//
// Owns what is shown there: no token, no way to act.

import type { Hearth } from "./hearth";
import { call, people, session } from "./stores";

/** One receiving section. */
interface SlotView {
  number: number;
  /** Whose voice it plays; empty if nobody's. */
  name: string;
  /** 0–1. */
  level: number;
  stream: MediaStream;
}

/** What `window.hearth` shows. */
export interface Diagnostics {
  readonly session: { readonly phase: string; readonly link: string };
  readonly call: {
    readonly slots: readonly SlotView[];
    /** `connectionState` of the PeerConnection, or `none`. */
    readonly connection: string;
    readonly phase: string;
    stats(): Promise<Record<string, unknown>[]>;
  };
}

declare global {
  interface Window {
    hearth: Diagnostics;
  }
}

/** Puts the window in its place. */
export function expose(hearth: Hearth): void {
  const view: Diagnostics = {
    get session() {
      const { phase, link } = session.getState();
      return { phase, link };
    },
    call: {
      get slots() {
        const { here } = people.getState();
        return hearth.hearing.heard.map(({ slot, talker, level, sound }) => ({
          number: slot,
          name: (talker !== undefined && here.get(talker)?.name) || "",
          level,
          stream: sound,
        }));
      },
      get connection() {
        return hearth.voice.connection?.connectionState ?? "none";
      },
      get phase() {
        return call.getState().phase;
      },
      async stats() {
        const report = await hearth.voice.connection?.getStats();
        return report ? [...report].map(([, entry]) => entry as Record<string, unknown>) : [];
      },
    },
  };
  Object.defineProperty(window, "hearth", { value: Object.freeze(view) });
}
