// The way to find anything, where the eye looks for it.

import { Search } from "lucide-react";
import { lay } from "../face";
import { words } from "../words";

export function SearchButton() {
  return (
    <button
      className="search-btn"
      type="button"
      aria-keyshortcuts="Control+K"
      onClick={() => lay({ kind: "palette" })}
    >
      <Search />
      <span>{words.palette.title}</span>
      <kbd aria-hidden="true" data-key="Ctrl K" />
    </button>
  );
}
