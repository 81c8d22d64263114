// Finding anything: rooms, people, commands by their names, messages by their words. The first result is always chosen.

import { CornerDownLeft, Search } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useState } from "react";
import { useStore } from "zustand";
import type { Hearth } from "../engine/hearth";
import { people, rooms } from "../engine/stores";
import { lay } from "../face";
import { Arch } from "../look/arch";
import { Layer } from "../look/layer";
import type { RoomSummary } from "../protocol";
import { glow, talk } from "../rooms/inside";
import { walk } from "../rooms/walk";
import { words } from "../words";
import { commands } from "./commands";
import { type Entry, find, GROUPS, parts } from "./entries";
import { isSought, useMessages } from "./messages";
import { isWide, type Narrow, NarrowBy, WIDE } from "./narrow";

export function Palette({ hearth, onclose }: { hearth: Hearth; onclose: () => void }) {
  const [sought, setSought] = useState("");
  const [at, setAt] = useState(0);
  const [narrow, setNarrow] = useState(WIDE);
  const found = useFound(hearth, sought, narrow);
  const listId = useId();
  const chosen = found[Math.min(at, found.length - 1)];
  const optionId = (entry: Entry) => `${listId}-${entry.key}`;
  useEffect(() => {
    if (chosen)
      document.getElementById(`${listId}-${chosen.key}`)?.scrollIntoView({ block: "nearest" });
  }, [chosen, listId]);

  const choose = (entry: Entry | undefined) => {
    if (!entry) return;
    if (entry.stays) return entry.choose();
    // What is chosen may lay something else over the page.
    onclose();
    entry.choose();
  };
  const steps: Record<string, () => number> = {
    ArrowDown: () => (at + 1) % found.length,
    ArrowUp: () => (at + found.length - 1) % found.length,
    Home: () => 0,
    End: () => found.length - 1,
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter") choose(chosen);
    else if (event.key in steps && found.length) setAt(steps[event.key]?.() ?? 0);
    else return;
    event.preventDefault();
  };
  return (
    <Layer className="palette" onclose={onclose}>
      {(headingId) => (
        <>
          <h2 className="vh" id={headingId}>
            {words.palette.title}
          </h2>
          <div className="pal-in">
            <Search />
            <input
              data-first
              type="text"
              role="combobox"
              aria-label={words.palette.title}
              aria-expanded="true"
              aria-controls={listId}
              aria-activedescendant={chosen && optionId(chosen)}
              autoComplete="off"
              spellCheck={false}
              placeholder={words.palette.hint}
              value={sought}
              onChange={(event) => {
                setSought(event.target.value);
                setAt(0);
              }}
              onKeyDown={pressed}
            />
            <kbd aria-hidden="true">Esc</kbd>
          </div>
          {isSought(sought) && (
            <NarrowBy
              narrow={narrow}
              onchange={(narrow) => {
                setNarrow(narrow);
                setAt(0);
              }}
            />
          )}
          <div className="pal-list" id={listId} role="listbox" aria-label={words.palette.title}>
            {GROUPS.map((group) => {
              const entries = found.filter((entry) => entry.group === group);
              if (entries.length === 0) return null;
              return (
                <div key={group} role="group" aria-labelledby={`${listId}-${group}`}>
                  <p id={`${listId}-${group}`}>{words.palette.groups[group]}</p>
                  {entries.map((entry) => (
                    <Option
                      key={entry.key}
                      id={optionId(entry)}
                      entry={entry}
                      sought={sought}
                      chosen={entry === chosen}
                      onchoose={() => choose(entry)}
                    />
                  ))}
                </div>
              );
            })}
          </div>
          {found.length === 0 && (
            <p className="pal-none" role="status">
              {words.palette.none(sought)}
            </p>
          )}
        </>
      )}
    </Layer>
  );
}

interface OptionProps {
  id: string;
  entry: Entry;
  sought: string;
  chosen: boolean;
  onchoose: () => void;
}

function Option({ id, entry, sought, chosen, onchoose }: OptionProps) {
  const [before, found, after] = parts(entry.text, sought);
  return (
    // The keys belong to the field, which names the chosen option.
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    // biome-ignore lint/a11y/useFocusableInteractive: see above
    <div role="option" id={id} aria-selected={chosen} onClick={onchoose}>
      <span className="pal-i">{entry.icon}</span>
      <b>
        {before}
        {found && <mark>{found}</mark>}
        {after}
      </b>
      {entry.note && <small>{entry.note}</small>}
      {entry.shortcut && <kbd>{entry.shortcut}</kbd>}
      {chosen && !entry.shortcut && (
        <kbd aria-hidden="true">
          <CornerDownLeft className="ic-s" />
        </kbd>
      )}
    </div>
  );
}

function useFound(hearth: Hearth, sought: string, narrow: Narrow): Entry[] {
  const list = useStore(rooms, (state) => state.rooms) ?? [];
  const { room: here, you } = useStore(people);
  const messages = useMessages(hearth, sought, narrow);
  // Whoever says where, by whom or when means messages.
  if (isSought(sought) && !isWide(narrow)) return messages;
  return find(
    [
      ...list.map((room) => ofRoom(hearth, room)),
      ...(sought.trim() ? list.flatMap((room) => ofPeople(hearth, room, here, you)) : []),
      ...commands(hearth),
      ...messages,
    ],
    sought,
  );
}

function ofRoom(hearth: Hearth, room: RoomSummary): Entry {
  return {
    key: `room-${room.id}`,
    group: "rooms",
    text: room.name,
    icon: (
      <span className={room.count > 0 ? "lit" : ""} ref={lit(glow(room))}>
        <Arch kind="house" size={28} glyph={room.icon} />
      </span>
    ),
    note: room.count > 0 ? `${words.rooms.inside(room.count)}, ${talk(room)}` : talk(room),
    choose: () => void walk(hearth, room.id),
  };
}

function ofPeople(
  hearth: Hearth,
  room: RoomSummary,
  here: string | undefined,
  you: number | undefined,
): Entry[] {
  return room.participants
    .filter(({ number }) => number !== you || room.id !== here)
    .map((person) => ({
      key: `person-${room.id}-${person.number}`,
      group: "people",
      text: person.name,
      icon: <Arch avatar={person.avatar} name={person.name} size={28} />,
      note: words.rooms.inRoom(room.name),
      choose: () =>
        room.id === here
          ? lay({ kind: "person", number: person.number })
          : void walk(hearth, room.id),
    }));
}

const lit = (level: number) => (element: HTMLElement | null) =>
  element?.style.setProperty("--level", String(level));
