// The end of a room: what is lost by it, and then once more.

import { useState } from "react";
import type { Hearth } from "../engine/hearth";
import { moderate } from "../engine/moderation";
import type { Trouble } from "../engine/stores";
import { Arch } from "../look/arch";
import { Layer } from "../look/layer";
import { Refused } from "../look/refusal";
import { words } from "../words";
import { useRoom } from "./entry";

interface Props {
  hearth: Hearth;
  id: string;
  onclose: () => void;
}

export function DeleteRoom({ hearth, id, onclose }: Props) {
  const room = useRoom(id);
  const [trouble, setTrouble] = useState<Trouble>();
  const remove = async () => {
    const refused = await moderate((message) => hearth.socket.request(message), {
      type: "room:delete",
      room: id,
    });
    if (refused) setTrouble(refused);
    else onclose();
  };
  if (!room) return null;
  return (
    <Layer className="dialog" onclose={onclose}>
      {(headingId) => (
        <>
          <div className="dlg-top">
            <Arch kind="house" size={64} glyph={room.icon} />
            <div>
              <h2 id={headingId}>{words.order.deleting(room.name)}</h2>
              <p>{words.order.deletingHint}</p>
            </div>
          </div>
          <Refused trouble={trouble} />
          <div className="dlg-a">
            <button className="btn quiet" type="button" data-first onClick={onclose}>
              {words.order.keep}
            </button>
            <button className="btn danger" type="button" onClick={() => void remove()}>
              {words.order.deleteSure}
            </button>
          </div>
        </>
      )}
    </Layer>
  );
}
