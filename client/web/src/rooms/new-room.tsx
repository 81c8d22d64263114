// A new room: a name, an icon, and it is there for everyone.

import { TriangleAlert } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useStore } from "zustand";
import type { Hearth } from "../engine/hearth";
import { session, type Trouble } from "../engine/stores";
import { oneEmoji } from "../join/emoji";
import { Arch } from "../look/arch";
import { Layer } from "../look/layer";
import { words } from "../words";
import { walk } from "./walk";

const ICONS = ["🪴", "💬", "🎵", "🎮", "📚", "☕", "🛠️", "🌙"];

export function NewRoom({ hearth, onclose }: { hearth: Hearth; onclose: () => void }) {
  const limits = useStore(session, (state) => state.limits);
  const [name, setName] = useState("");
  const [topic, setTopic] = useState("");
  const [most, setMost] = useState("");
  const [icon, setIcon] = useState(ICONS[0] ?? "");
  const [trouble, setTrouble] = useState<Trouble>();
  const [busy, setBusy] = useState(false);

  async function create(event: FormEvent) {
    event.preventDefault();
    if (busy) return;
    if (!name.trim() || !icon) return setTrouble("room_invalid");
    setBusy(true);
    const max = Number.parseInt(most, 10);
    const made = await hearth.createRoom({
      name: name.trim(),
      icon,
      ...(topic.trim() && { topic: topic.trim() }),
      ...(max > 0 && { max_participants: max }),
    });
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
            <Arch kind="gap" size={64} glyph={icon} />
            <div>
              <h2 id={headingId}>{words.rooms.open}</h2>
              <p>{words.rooms.own}</p>
            </div>
          </div>
          <div className="name-icon">
            <div className="field">
              <label htmlFor="room-name">{words.rooms.name}</label>
              <input
                id="room-name"
                data-first
                type="text"
                autoComplete="off"
                maxLength={limits?.room_name_chars ?? 30}
                value={name}
                aria-invalid={trouble ? true : undefined}
                aria-describedby={trouble ? "room-trouble" : undefined}
                onChange={(event) => {
                  setName(event.target.value);
                  setTrouble(undefined);
                }}
              />
            </div>
            <div className="field">
              <label htmlFor="room-icon">{words.rooms.icon}</label>
              <input
                id="room-icon"
                type="text"
                autoComplete="off"
                value={icon}
                onChange={(event) => setIcon(oneEmoji(event.target.value) ?? "")}
              />
            </div>
          </div>
          {trouble && (
            <p className="err" id="room-trouble" role="alert">
              <TriangleAlert />
              {words.trouble[trouble]}
            </p>
          )}
          <div className="icons">
            {ICONS.map((emoji) => (
              <button
                key={emoji}
                className="icon-btn"
                type="button"
                aria-pressed={emoji === icon}
                aria-label={`${words.rooms.icon} ${emoji}`}
                onClick={() => setIcon(emoji)}
              >
                {emoji}
              </button>
            ))}
          </div>
          <div className="two">
            <div className="field">
              <label htmlFor="room-topic">
                {words.rooms.topic} <small>{words.rooms.optional}</small>
              </label>
              <input
                id="room-topic"
                type="text"
                autoComplete="off"
                maxLength={limits?.topic_chars ?? 200}
                placeholder={words.rooms.topicHint}
                value={topic}
                onChange={(event) => setTopic(event.target.value)}
              />
            </div>
            <div className="field">
              <label htmlFor="room-most">
                {words.rooms.limit} <small>{words.rooms.people}</small>
              </label>
              <input
                id="room-most"
                type="text"
                inputMode="numeric"
                autoComplete="off"
                placeholder={words.rooms.noLimit}
                value={most}
                onChange={(event) => setMost(event.target.value.replace(/\D/g, ""))}
              />
            </div>
          </div>
          <div className="dlg-a">
            <button className="btn text" type="button" onClick={onclose}>
              {words.cancel}
            </button>
            <button className="btn main" type="submit" disabled={busy}>
              {words.rooms.create}
            </button>
          </div>
        </form>
      )}
    </Layer>
  );
}
