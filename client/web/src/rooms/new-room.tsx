// A new room: a name, an icon, and for whom it is there.

import { type FormEvent, useState } from "react";
import type { Hearth } from "../engine/hearth";
import type { Trouble } from "../engine/stores";
import { Arch } from "../look/arch";
import { Ending } from "../look/ending";
import { Layer } from "../look/layer";
import { words } from "../words";
import { BLANK, creation, lack, reach } from "./draft";
import { RoomFields } from "./fields";
import { walk } from "./walk";

export function NewRoom({ hearth, onclose }: { hearth: Hearth; onclose: () => void }) {
  const [draft, setDraft] = useState(BLANK);
  const [trouble, setTrouble] = useState<Trouble>();
  const [busy, setBusy] = useState(false);

  async function create(event: FormEvent) {
    event.preventDefault();
    if (busy) return;
    const lacks = lack(draft);
    if (lacks) return setTrouble(lacks);
    setBusy(true);
    const made = await hearth.createRoom(creation(draft));
    setBusy(false);
    if ("trouble" in made) return setTrouble(made.trouble);
    onclose();
    await walk(hearth, made.id);
  }

  return (
    <Layer className="dialog" onclose={onclose}>
      {(headingId) => (
        <form onSubmit={(event) => void create(event)} noValidate>
          <div className="dlg-top">
            <Arch kind="gap" size={64} glyph={draft.icon} />
            <div>
              <h2 id={headingId}>{words.rooms.open}</h2>
              <p>{words.rooms.own[reach(draft)]}</p>
            </div>
          </div>
          <RoomFields
            draft={draft}
            trouble={trouble}
            onchange={(draft) => {
              setDraft(draft);
              setTrouble(undefined);
            }}
          />
          <Ending name={words.rooms.create} busy={busy} oncancel={onclose} />
        </form>
      )}
    </Layer>
  );
}
