// Who one is, remembered between visits and kept apart between tabs.

import { beforeEach, expect, test, vi } from "vitest";
import { Identity } from "./identity";

class Shelf implements Pick<Storage, "getItem" | "setItem" | "removeItem"> {
  readonly things = new Map<string, string>();
  getItem = (name: string) => this.things.get(name) ?? null;
  setItem = (name: string, value: string) => void this.things.set(name, value);
  removeItem = (name: string) => void this.things.delete(name);
}

/** The locks of one browser, as Web Locks has them. */
class Locks {
  readonly held = new Map<string, (stolen: Error) => void>();
  request(
    name: string,
    options: { steal?: boolean; signal?: AbortSignal },
    hold: () => Promise<never>,
  ): Promise<void> {
    return new Promise((_, reject) => {
      const holder = this.held.get(name);
      if (holder && !options.steal) {
        options.signal?.addEventListener("abort", () => reject(new Error("given up")));
        return;
      }
      holder?.(new Error("stolen"));
      this.held.set(name, reject);
      void hold();
    });
  }
}

const ANA = { identity: "a".repeat(32), token: "ana" };
const NEW = { identity: "b".repeat(32), token: "new" };
const house = new Shelf();
let locks: Locks;

/** A tab of the browser: what it keeps for itself is its own. */
function tab(visit = new Shelf()) {
  vi.stubGlobal("sessionStorage", visit);
  return { identity: new Identity(), visit };
}
const kept = (shelf: Shelf) => JSON.parse(shelf.getItem("hearth.pass") ?? "null");

beforeEach(() => {
  house.things.clear();
  locks = new Locks();
  vi.stubGlobal("localStorage", house);
  vi.stubGlobal("navigator", { locks });
});

test("whoever was here last time is here again", async () => {
  const first = tab().identity;
  await first.wake();
  expect(first.pass).toBeUndefined();
  first.remember(ANA);
  locks.held.clear();
  const later = tab().identity;
  await later.wake();
  expect(later.pass).toEqual(ANA);
  expect(later.second).toBe(false);
});

test("a second tab is somebody else, who is not remembered", async () => {
  const first = tab().identity;
  first.remember(ANA);
  const { identity: second, visit } = tab();
  await second.wake();
  expect(second.second).toBe(true);
  expect(second.pass).toBeUndefined();
  second.remember(NEW);
  expect(kept(house)).toEqual(ANA);
  expect(kept(visit)).toEqual(NEW);
});

test("a second tab that reloads is still the one it was", async () => {
  tab().identity.remember(ANA);
  const { identity: second, visit } = tab();
  await second.wake();
  second.remember(NEW);
  locks.held.delete(`hearth.${NEW.identity}`);
  const again = tab(visit).identity;
  await again.wake();
  expect(again.pass).toEqual(NEW);
});

test("a second tab may take over, and is then the one who is remembered", async () => {
  tab().identity.remember(ANA);
  const second = tab().identity;
  await second.wake();
  await second.takeOver();
  expect(second.pass).toEqual(ANA);
  expect(second.second).toBe(false);
  second.remember({ ...ANA, token: "renewed" });
  expect(kept(house)).toEqual({ ...ANA, token: "renewed" });
});

test("a token that is no longer known is forgotten everywhere", async () => {
  const { identity, visit } = tab();
  identity.remember(ANA);
  identity.forget();
  expect(identity.pass).toBeUndefined();
  expect([kept(house), kept(visit)]).toEqual([null, null]);
});

test("what was edited by hand and a closed storage are nobody", async () => {
  house.setItem("hearth.pass", '{"identity":7}');
  const { identity } = tab();
  await identity.wake();
  expect(identity.pass).toBeUndefined();
  vi.stubGlobal("localStorage", undefined);
  identity.remember(ANA);
  expect(identity.pass).toEqual(ANA);
});
