// The end of a form in a dialog: away from it, or what it is for.

import { words } from "../words";

interface Props {
  /** What is done by it. */
  name: string;
  danger?: boolean;
  busy?: boolean;
  oncancel: () => void;
}

export function Ending({ name, danger, busy, oncancel }: Props) {
  return (
    <div className="dlg-a">
      <button className="btn text" type="button" onClick={oncancel}>
        {words.cancel}
      </button>
      <button className={`btn ${danger ? "danger" : "main"}`} type="submit" disabled={busy}>
        {name}
      </button>
    </div>
  );
}
