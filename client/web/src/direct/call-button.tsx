// The button that calls somebody; not there while there is a call.

import { Phone } from "lucide-react";
import { useStore } from "zustand";
import { calling } from "../engine/calling";
import type { Hearth } from "../engine/hearth";
import type { Author } from "../protocol";
import { words } from "../words";
import { callUp } from "./call-up";

export function CallButton({ hearth, person }: { hearth: Hearth; person: Author }) {
  const busy = useStore(calling, (state) => state.call !== undefined);
  if (busy) return null;
  return (
    <button className="btn quiet" type="button" onClick={() => callUp(hearth, person)}>
      <Phone />
      {words.call.start}
    </button>
  );
}
