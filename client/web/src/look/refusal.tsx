// Why something was not done, said at once.

import { TriangleAlert } from "lucide-react";
import { useStore } from "zustand";
import type { Trouble } from "../engine/stores";
import { patience } from "../engine/trouble";
import { words } from "../words";
import { useSeconds } from "./seconds";

interface Props {
  trouble: Trouble | undefined;
  /** For the field that it is about. */
  id?: string;
}

export function Refused({ trouble, id }: Props) {
  return (
    trouble && (
      <p className="err" id={id} role="alert">
        <TriangleAlert />
        <Why trouble={trouble} />
      </p>
    )
  );
}

/** The words; after too much at once, with the seconds until it is taken again. */
export function Why({ trouble }: { trouble: Trouble }) {
  const again = useStore(patience, (state) => state.again);
  const seconds = useSeconds(trouble === "rate_limited" ? again : undefined);
  if (seconds === 0) return words.trouble[trouble];
  return (
    <>
      {/* The countdown is for the eye; it is said once, without numbers. */}
      <span className="vh">{words.trouble[trouble]}</span>
      <span aria-hidden="true">{words.tooMuch(seconds)}</span>
    </>
  );
}
