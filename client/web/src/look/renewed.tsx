// Another version of the page is there: said, and loaded when one wants it.

import { RefreshCw } from "lucide-react";
import { useState } from "react";
import { useStore } from "zustand";
import { type Shell, shell } from "../engine/shell";
import { words } from "../words";

export function Renewed({ shell: installed }: { shell: Shell }) {
  const renewed = useStore(shell, (state) => state.renewed);
  const [later, setLater] = useState(false);
  if (!renewed || later) return null;
  const [title, text] = words.shell.renewed;
  return (
    <div className="banner calm floating" role="status">
      <RefreshCw />
      <p>
        <b>{title}</b> {text}
      </p>
      <button className="btn quiet small" type="button" onClick={() => installed.renew()}>
        {words.shell.load}
      </button>
      <button className="btn text small" type="button" onClick={() => setLater(true)}>
        {words.shell.later}
      </button>
    </div>
  );
}
