// One conversation: what is written in it, and where one writes.

import { lazy, type RefObject, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { useStore } from "zustand";
import type { Hearth } from "../engine/hearth";
import { found } from "../engine/log";
import { type Place, roomOf } from "../engine/place";
import { recordings } from "../engine/recordings";
import { people, session, type Trouble } from "../engine/stores";
import { why } from "../engine/trouble";
import { written } from "../engine/written";
import { say } from "../face";
import type { ChatMessage } from "../protocol";
import { copy } from "../voice/copy";
import { words } from "../words";
import { Composer, type Purpose } from "./composer";
import { type Deeds, mayEdit, reacted } from "./deeds";
import { draft, draftOf, drafts } from "./drafts";
import { mentioned } from "./mention";
import { MessageMenu } from "./menu";
import { Messages, type Wish } from "./messages";
import { everybody } from "./names";
import { RecordButton, Recorder } from "./recorder";
import type { Steady } from "./steady";
import { Under } from "./under";
import { useWish } from "./wish";

const Picker = lazy(() => import("./picker"));

interface Props {
  hearth: Hearth;
  place: Place;
  /** As in "Messages in General". */
  label: string;
  /** As in "Write to the room". */
  write: string;
  blank: string;
}

/** What lies over the conversation. */
type Over =
  | { kind: "menu"; message: ChatMessage; at: DOMRect }
  | { kind: "picker"; message: ChatMessage | undefined; at: DOMRect };

const TROUBLE_MS = 8_000;

export function Chat({ hearth, place, label, write, blank }: Props) {
  const log = useStore(written, ({ logs }) => logs.get(place));
  const waiting = useStore(written, ({ outbox }) => outbox.some((item) => item.place === place));
  const you = useStore(session, (state) => state.identity);
  const role = useStore(people, (state) => state.role);
  const spoken = useStore(recordings, (state) => state[place] !== undefined);
  const reply_to = useStore(drafts, (state) => draftOf(state, place).reply);
  const field = useRef<HTMLTextAreaElement>(null);
  const box = useRef<Steady>(null);
  const [atEnd, setAtEnd] = useState(true);
  const [over, setOver] = useState<Over>();
  const [trouble, fail] = useTrouble();
  const [wish, setWish] = useState<Wish>();
  const writing = useWriting(hearth, place, field, fail);
  const { edit, reply, insert } = writing;
  useEffect(() => {
    if (!log) hearth.chat.logs.open(place).catch((thrown) => fail(why(thrown)));
  }, [hearth, place, log, fail]);

  const deeds = useMemo<Deeds>(() => {
    const attempt = (deed: Promise<unknown>) => deed.catch((thrown) => fail(why(thrown)));
    const { chat } = hearth;
    return {
      reply,
      edit,
      react: (message, emoji) => {
        const on = !reacted(message, emoji, session.getState().identity);
        void attempt(chat.react(place, message.seq, emoji, on));
      },
      pick: (message, pressed) =>
        setOver({ kind: "picker", message, at: pressed.getBoundingClientRect() }),
      more: (message, pressed) =>
        setOver({ kind: "menu", message, at: pressed.getBoundingClientRect() }),
      copy: ({ body }) => {
        if (body.kind !== "text") return;
        void copy(body.text).then((copied) => copied && say(words.room.copied));
      },
      remove: ({ seq }) => void attempt(chat.delete(place, seq)),
      jump: (seq) => {
        setWish({ seq, count: performance.now() });
        void attempt(chat.logs.around(place, seq));
      },
    };
  }, [hearth, place, reply, edit, fail]);
  useWish(place, deeds.jump);

  const toEnd = () => {
    hearth.chat.logs
      .latest(place)
      .then(() => box.current?.end())
      .catch((thrown) => fail(why(thrown)));
  };
  const send = () => {
    const sent = writing.send();
    if (sent) toEnd();
  };
  /** ↑ changes what one wrote last. */
  const up = () => {
    const last = log?.messages.findLast((message) => mayEdit(message, you));
    if (last) edit(last);
  };
  const empty = log !== undefined && log.messages.length === 0 && !waiting;
  return (
    <section className="chat" aria-label={words.chat.title}>
      {empty ? (
        <div className="log blank">
          <p>{blank}</p>
        </div>
      ) : (
        <Messages
          hearth={hearth}
          place={place}
          label={label}
          deeds={deeds}
          wish={wish}
          box={box}
          atEnd={atEnd}
          onend={setAtEnd}
        />
      )}
      <div className="compose">
        <Under place={place} atEnd={atEnd || empty} trouble={trouble} onend={toEnd} />
        {spoken ? (
          <Recorder
            hearth={hearth}
            place={place}
            reply={reply_to}
            ondone={(sent) => {
              focusSoon(field);
              if (!sent) return;
              draft(place, { reply: undefined });
              toEnd();
            }}
          />
        ) : (
          <Composer
            field={field}
            label={write}
            text={writing.text}
            purpose={writing.purpose}
            mentions={roomOf(place) !== undefined}
            ontext={writing.change}
            onsend={send}
            oncancel={writing.cancel}
            onup={up}
            onemoji={(pressed) =>
              setOver({ kind: "picker", message: undefined, at: pressed.getBoundingClientRect() })
            }
          >
            <RecordButton hearth={hearth} place={place} />
          </Composer>
        )}
      </div>
      {over?.kind === "menu" && (
        <MessageMenu
          message={over.message}
          you={you}
          role={roomOf(place) === undefined ? undefined : role}
          deeds={deeds}
          at={over.at}
          onclose={() => setOver((now) => (now === over ? undefined : now))}
        />
      )}
      {over?.kind === "picker" && (
        <Suspense>
          <Picker
            at={over.at}
            onclose={() => setOver(undefined)}
            onpick={(emoji) => {
              setOver(undefined);
              if (over.message) deeds.react(over.message, emoji);
              else insert(emoji);
            }}
          />
        </Suspense>
      )}
    </section>
  );
}

/** What went wrong, for a while. */
function useTrouble(): [Trouble | undefined, (trouble: Trouble) => void] {
  const [trouble, setTrouble] = useState<Trouble>();
  useEffect(() => {
    if (!trouble) return;
    const timer = setTimeout(() => setTrouble(undefined), TROUBLE_MS);
    return () => clearTimeout(timer);
  }, [trouble]);
  return [trouble, setTrouble];
}

/** Once the layer that is closing has given the focus back. */
function focusSoon(field: RefObject<HTMLTextAreaElement | null>): void {
  setTimeout(() => field.current?.focus());
}

/** The text that is being written here, and what becomes of it. */
function useWriting(
  hearth: Hearth,
  place: Place,
  field: RefObject<HTMLTextAreaElement | null>,
  fail: (trouble: Trouble) => void,
) {
  const kept = useStore(drafts, (state) => draftOf(state, place));
  const answered = useStore(written, ({ logs }) => {
    const log = kept.reply === undefined ? undefined : logs.get(place);
    return log && kept.reply !== undefined ? found(log, kept.reply) : undefined;
  });
  const [changed, setChanged] = useState<{ of: ChatMessage; text: string }>();
  const purpose: Purpose = changed
    ? { kind: "edit", of: changed.of }
    : kept.reply === undefined
      ? { kind: "new" }
      : { kind: "reply", to: answered };
  const text = changed?.text ?? kept.text;
  const { chat } = hearth;

  const change = (text: string) => {
    if (changed) return setChanged({ ...changed, text });
    draft(place, { text });
    chat.typings.say(place, text.trim() !== "");
  };
  const deeds = useMemo(
    () => ({
      edit: (of: ChatMessage) => {
        if (of.body.kind !== "text") return;
        setChanged({ of, text: of.body.text });
        focusSoon(field);
      },
      reply: ({ seq }: ChatMessage) => {
        setChanged(undefined);
        draft(place, { reply: seq });
        focusSoon(field);
      },
    }),
    [place, field],
  );
  return {
    ...deeds,
    text,
    purpose,
    change,
    insert: (emoji: string) => {
      const at = field.current?.selectionStart ?? text.length;
      change(text.slice(0, at) + emoji + text.slice(field.current?.selectionEnd ?? at));
      focusSoon(field);
    },
    cancel: () => {
      if (changed) setChanged(undefined);
      else draft(place, { reply: undefined });
      field.current?.focus();
    },
    /** Whether a new message is on its way. */
    send: (): boolean => {
      const trimmed = text.trim();
      const mentions = roomOf(place) === undefined ? [] : mentioned(trimmed, everybody());
      if (changed) {
        setChanged(undefined);
        const { of } = changed;
        if (of.body.kind === "text" && of.body.text === trimmed) return false;
        chat.edit(place, of.seq, trimmed, mentions).catch((thrown) => {
          fail(why(thrown));
          setChanged(changed);
        });
        return false;
      }
      const content = { kind: "text" as const, text: trimmed, mentions };
      if (!chat.outbox.send(place, content, kept.reply)) {
        fail("busy");
        return false;
      }
      draft(place, { text: "", reply: undefined });
      chat.typings.say(place, false);
      return true;
    },
  };
}
