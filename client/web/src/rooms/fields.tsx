// What a room is: the fields of a new one and of one that is changed.

import { useStore } from "zustand";
import { session, type Trouble } from "../engine/stores";
import { oneEmoji } from "../join/emoji";
import { Refused } from "../look/refusal";
import { Toggle } from "../look/toggle";
import { words } from "../words";
import { type Draft, ICONS } from "./draft";

interface Props {
  draft: Draft;
  onchange: (draft: Draft) => void;
  trouble: Trouble | undefined;
  /** It asks for a password now. */
  locked?: boolean | undefined;
}

/** As the server bounds it, bytes; more characters than that it cannot be. */
const PASSWORD_MOST = 128;

export function RoomFields({ draft, onchange, trouble, locked }: Props) {
  const limits = useStore(session, (state) => state.limits);
  const set = (change: Partial<Draft>) => onchange({ ...draft, ...change });
  return (
    <>
      <div className="name-icon">
        <div className="field">
          <label htmlFor="room-name">{words.rooms.name}</label>
          <input
            id="room-name"
            data-first
            type="text"
            autoComplete="off"
            maxLength={limits?.room_name_chars ?? 30}
            value={draft.name}
            aria-invalid={trouble ? true : undefined}
            aria-describedby={trouble ? "room-trouble" : undefined}
            onChange={(event) => set({ name: event.target.value })}
          />
        </div>
        <div className="field">
          <label htmlFor="room-icon">{words.rooms.icon}</label>
          <input
            id="room-icon"
            type="text"
            autoComplete="off"
            value={draft.icon}
            onChange={(event) => set({ icon: oneEmoji(event.target.value) ?? "" })}
          />
        </div>
      </div>
      <Refused trouble={trouble} id="room-trouble" />
      <div className="icons">
        {ICONS.map((emoji) => (
          <button
            key={emoji}
            className="icon-btn"
            type="button"
            aria-pressed={emoji === draft.icon}
            aria-label={`${words.rooms.icon} ${emoji}`}
            onClick={() => set({ icon: emoji })}
          >
            {emoji}
          </button>
        ))}
      </div>
      <div className="two">
        <TopicField topic={draft.topic} onchange={(topic) => set({ topic })} />
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
            value={draft.most}
            onChange={(event) => set({ most: event.target.value.replace(/\D/g, "") })}
          />
        </div>
      </div>
      <Toggle text={words.order.lock} on={draft.locked} onset={(locked) => set({ locked })} />
      {draft.locked && (
        <div className="field">
          <label htmlFor="room-password">{words.order.password}</label>
          <input
            id="room-password"
            type="text"
            autoComplete="off"
            spellCheck={false}
            maxLength={PASSWORD_MOST}
            placeholder={locked ? words.order.unchanged : words.order.noPassword}
            value={draft.password}
            onChange={(event) => set({ password: event.target.value })}
          />
        </div>
      )}
      <Toggle text={words.order.hide} on={draft.hidden} onset={(hidden) => set({ hidden })} />
    </>
  );
}

interface TopicProps {
  topic: string;
  onchange: (topic: string) => void;
}

export function TopicField({ topic, onchange }: TopicProps) {
  const limits = useStore(session, (state) => state.limits);
  return (
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
        onChange={(event) => onchange(event.target.value)}
      />
    </div>
  );
}
