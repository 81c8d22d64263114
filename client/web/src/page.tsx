// The page: the door at once, and the house behind it as soon as it is there.
//
// Owns which of the two is in view, the light, and the address. The house is fetched when the door
// is drawn, so that nobody waits at the door for what is behind it.

import { useEffect, useState } from "react";
import { useStore } from "zustand";
import { calling } from "./engine/calling";
import type { Hearth } from "./engine/hearth";
import { people, session, settings } from "./engine/stores";
import { invited } from "./face";
import { Join } from "./join/join";
import { walk } from "./rooms/walk";

type House = typeof import("./app");

/** How long until the house is asked for again when it could not be had, ms. */
const AGAIN_MS = 2_000;

let house: House | undefined;

export function Page({ hearth }: { hearth: Hearth }) {
  const phase = useStore(session, (state) => state.phase);
  const [destination, setDestination] = useState(invited);
  const there = useHouse(hearth);
  useLight();
  useAddress(hearth, setDestination);
  const inside = phase === "in" || phase === "gone";
  if (inside && there) return <there.App hearth={hearth} />;
  return <Join hearth={hearth} destination={destination} />;
}

/** The house, once it is there. */
function useHouse(hearth: Hearth): House | undefined {
  const [there, setThere] = useState(house);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const fetch = async () => {
      try {
        const app = await import("./app");
        if (!house) {
          house = app;
          app.attend(hearth);
          // What is kept for a day without a network is fetched when nobody waits any more.
          void hearth.shell.start();
        }
        if (!over) setThere(house);
      } catch {
        // Without a network the door stays, and the next try may find the way.
        if (!over) timer = setTimeout(fetch, AGAIN_MS);
      }
    };
    void fetch();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [hearth]);
  return there;
}

/** Night or day, by choice or by the system. */
function useLight() {
  const light = useStore(settings, (state) => state.light);
  useEffect(() => {
    const system = matchMedia("(prefers-color-scheme: light)");
    const apply = () => {
      const day = light === "day" || (light === "system" && system.matches);
      document.documentElement.dataset.theme = day ? "day" : "night";
    };
    apply();
    system.addEventListener("change", apply);
    return () => system.removeEventListener("change", apply);
  }, [light]);
}

/** The address says which room one is in; an invitation that is followed here leads there. */
function useAddress(hearth: Hearth, setDestination: (room: string | undefined) => void) {
  const here = useStore(people, (state) => state.room);
  // A call is nobody else's to be invited to.
  const room = useStore(calling, ({ call }) => (call?.room === here ? undefined : here));
  const wanted = useStore(session, (state) => state.wanted);
  const phase = useStore(session, (state) => state.phase);
  useEffect(() => {
    if (phase === "in") {
      const named = here ? room : wanted;
      const address = named ? `#/r/${encodeURIComponent(named)}` : "#/";
      if (location.hash !== address) history.replaceState(null, "", address);
    }
  }, [here, room, wanted, phase]);
  useEffect(() => {
    const follow = () => {
      const wanted = invited();
      setDestination(wanted);
      if (wanted && session.getState().phase === "in") void walk(hearth, wanted);
    };
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, [hearth, setDestination]);
}
