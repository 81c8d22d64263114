// The room that one keeps: owners change all of it, moderators its topic; who is banned from it;
// and its end.

import { Ban, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useStore } from "zustand";
import type { Hearth } from "../engine/hearth";
import { moderate } from "../engine/moderation";
import { people, type Trouble } from "../engine/stores";
import { lay } from "../face";
import { Arch } from "../look/arch";
import { Ending } from "../look/ending";
import { Layer } from "../look/layer";
import { Refused } from "../look/refusal";
import type { RoomSummary } from "../protocol";
import { words } from "../words";
import { change, draftOf, lack, reach } from "./draft";
import { useRoom } from "./entry";
import { RoomFields, TopicField } from "./fields";

interface Props {
  hearth: Hearth;
  id: string;
  onclose: () => void;
}

export function EditRoom({ hearth, id, onclose }: Props) {
  const room = useRoom(id);
  const owns = useStore(people, (state) => state.role === "owner");
  if (!room) return null;
  return (
    <Layer className="dialog" onclose={onclose}>
      {(headingId) => (
        <Form hearth={hearth} room={room} owns={owns} headingId={headingId} onclose={onclose} />
      )}
    </Layer>
  );
}

interface FormProps {
  hearth: Hearth;
  room: RoomSummary;
  owns: boolean;
  headingId: string;
  onclose: () => void;
}

function Form({ hearth, room: shown, owns, headingId, onclose }: FormProps) {
  // What others change meanwhile does not take away what is being typed.
  const [before] = useState(() => draftOf(shown));
  const [draft, setDraft] = useState(before);
  const [trouble, setTrouble] = useState<Trouble>();
  const { id } = shown;

  async function save(event: FormEvent) {
    event.preventDefault();
    const lacks = lack(draft, before);
    if (lacks) return setTrouble(lacks);
    const { room, ...changed } = change(id, before, draft);
    if (Object.keys(changed).length === 0) return onclose();
    const refused = await moderate((message) => hearth.socket.request(message), {
      type: "room:edit",
      room,
      ...changed,
    });
    if (refused) setTrouble(refused);
    else onclose();
  }
  return (
    <form onSubmit={(event) => void save(event)} noValidate>
      <div className="dlg-top">
        <Arch kind="house" size={64} glyph={draft.icon} />
        <div>
          <h2 id={headingId}>{words.order.editing(before.name)}</h2>
          <p>
            {words.rooms.own[reach(draft)]} {words.order.editingHint}
          </p>
        </div>
      </div>
      {owns ? (
        <RoomFields
          draft={draft}
          locked={before.locked}
          trouble={trouble}
          onchange={(draft) => {
            setDraft(draft);
            setTrouble(undefined);
          }}
        />
      ) : (
        <>
          <TopicField topic={draft.topic} onchange={(topic) => setDraft({ ...draft, topic })} />
          <Refused trouble={trouble} />
        </>
      )}
      <div className="keeping">
        <button
          className="btn quiet small"
          type="button"
          onClick={() => lay({ kind: "bans", room: id })}
        >
          <Ban />
          {words.order.bans}
        </button>
        {owns && (
          <button
            className="btn quiet small bad"
            type="button"
            onClick={() => lay({ kind: "delete-room", room: id })}
          >
            <Trash2 />
            {words.order.delete}
          </button>
        )}
      </div>
      <Ending name={words.order.save} oncancel={onclose} />
    </form>
  );
}
