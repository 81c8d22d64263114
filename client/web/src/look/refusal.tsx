// Why something was not done, said at once.

import { TriangleAlert } from "lucide-react";
import type { Trouble } from "../engine/stores";
import { words } from "../words";

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
        {words.trouble[trouble]}
      </p>
    )
  );
}
