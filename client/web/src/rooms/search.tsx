// Looking for a room or a person: narrows the list while one types.

import { Search } from "lucide-react";
import { useStore } from "zustand";
import { face } from "../face";
import { words } from "../words";

/** Ctrl+K puts the focus here, whichever list is in view. */
export const SEARCH_CLASS = "search";

export function SearchBox({ onenter }: { onenter: () => void }) {
  const sought = useStore(face, (state) => state.sought);
  return (
    <div className="search-btn">
      <Search />
      <input
        className={SEARCH_CLASS}
        type="search"
        aria-label={words.rooms.find}
        aria-keyshortcuts="Control+K"
        placeholder={words.rooms.findShort}
        autoComplete="off"
        value={sought}
        onChange={(event) => face.setState({ sought: event.target.value })}
        onKeyDown={(event) => {
          if (event.key === "Enter") onenter();
          else if (event.key === "Escape") {
            face.setState({ sought: "" });
            event.currentTarget.blur();
          }
        }}
      />
      <kbd aria-hidden="true">Ctrl K</kbd>
    </div>
  );
}
