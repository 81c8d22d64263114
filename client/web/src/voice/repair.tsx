// Who does not hear whom, in one sentence: there while it concerns oneself, gone by itself.

import { RotateCw } from "lucide-react";
import { useStore } from "zustand";
import { call, people } from "../engine/stores";
import { words } from "../words";
import { between } from "./verdict";

export function Repair() {
  const told = useStore(call, (state) => state.told);
  const phase = useStore(call, (state) => state.phase);
  const { here, you, count } = useStore(people);
  const others = [...here.values()].filter(({ number }) => number !== you);
  const named = (trouble: "deaf" | "unheard") =>
    others.filter((person) => between(person, told) === trouble).map(({ name }) => name);
  const deaf = named("deaf");
  const unheard = deaf.length ? [] : named("unheard");
  // While one's own voice is interrupted, that is what is said.
  if (phase !== "connected" || deaf.length + unheard.length === 0) return null;
  const fine = deaf.length ? count - 1 - deaf.length : 0;
  return (
    <div className="repair" role="status">
      <RotateCw className="spin" />
      <p>
        <b>{deaf.length ? words.room.repair.deaf(deaf) : words.room.repair.unheard(unheard)}</b>{" "}
        {words.room.repair.path}
        {fine > 0 && <span className="rest">{words.room.repair.others(fine)}</span>}.
      </p>
    </div>
  );
}
