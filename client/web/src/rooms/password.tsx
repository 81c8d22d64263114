// The door of a locked room: what one has to say to come in.

import { Lock } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { Hearth } from "../engine/hearth";
import type { Trouble } from "../engine/stores";
import { face } from "../face";
import { Arch } from "../look/arch";
import { Ending } from "../look/ending";
import { Layer } from "../look/layer";
import { Refused } from "../look/refusal";
import { words } from "../words";
import { useRoom } from "./entry";
import { barred } from "./walk";

interface Props {
  hearth: Hearth;
  id: string;
  onclose: () => void;
}

export function PasswordDoor({ hearth, id, onclose }: Props) {
  const room = useRoom(id);
  const [password, setPassword] = useState("");
  const [trouble, setTrouble] = useState<Trouble>();

  async function enter(event: FormEvent) {
    event.preventDefault();
    const refused = await hearth.walkInto(id, password);
    // It was the right one: from here on one waits for a seat.
    if (refused === "room_full") return barred(id, refused);
    setTrouble(refused);
    if (refused) return;
    onclose();
    face.setState({ tab: "voice", direct: undefined, settings: undefined });
  }
  return (
    <Layer className="dialog" onclose={onclose}>
      {(headingId) => (
        <form onSubmit={(event) => void enter(event)} noValidate>
          <div className="dlg-top">
            <Arch kind="house" size={64} glyph={<Lock />} />
            <div>
              <h2 id={headingId}>{words.rooms.locked(room?.name ?? id)}</h2>
              <p>{words.rooms.lockedHint}</p>
            </div>
          </div>
          <div className="field">
            <label htmlFor="door-password">{words.rooms.password}</label>
            <input
              id="door-password"
              data-first
              type="password"
              autoComplete="off"
              value={password}
              aria-invalid={trouble ? true : undefined}
              aria-describedby={trouble ? "door-trouble" : undefined}
              onChange={(event) => {
                setPassword(event.target.value);
                setTrouble(undefined);
              }}
            />
            <Refused trouble={trouble} id="door-trouble" />
          </div>
          <Ending name={words.rooms.enter} oncancel={onclose} />
        </form>
      )}
    </Layer>
  );
}
