// The messages of one conversation: what is in the window, what is under way, what is new.

import {
  type KeyboardEvent,
  type PointerEvent,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { useStore } from "zustand";
import type { Hearth } from "../engine/hearth";
import { type Place, personOf } from "../engine/place";
import { session } from "../engine/stores";
import { written } from "../engine/written";
import type { ChatMessage } from "../protocol";
import { words } from "../words";
import { dayOf, timeOf } from "../words/clock";
import { useAttentive } from "./attention";
import type { Deeds } from "./deeds";
import { EventLine } from "./event";
import { Message } from "./message";
import { OutgoingMessage } from "./outgoing";
import { Receipt } from "./receipt";
import { type Row, rowsOf } from "./rows";
import { Steady } from "./steady";
import { useLongPress } from "./touch";

/** A message that was jumped to stays marked so long, ms. */
const SOUGHT_MS = 2_500;

/** The message of a number is wanted in view; another `count` is another wish. */
export interface Wish {
  seq: number;
  count: number;
}

interface Props {
  hearth: Hearth;
  place: Place;
  label: string;
  deeds: Deeds;
  wish: Wish | undefined;
  box: RefObject<Steady | null>;
  atEnd: boolean;
  onend: (atEnd: boolean) => void;
}

export function Messages({ hearth, place, label, deeds, wish, box, atEnd, onend }: Props) {
  const log = useStore(written, ({ logs }) => logs.get(place));
  const outbox = useStore(written, (state) => state.outbox);
  const since = useStore(written, ({ marks }) => marks.get(place)?.since);
  const you = useStore(session, (state) => state.identity);
  const [pointed, setPointed] = useState<string>();
  const [focused, setFocused] = useState<string>();
  const sought = useSought(box, wish, log?.messages);
  useReading(hearth, place, box, atEnd);
  const press = useLongPress((row) => {
    const message = log?.messages.find(({ id }) => id === row.dataset.row);
    if (message) deeds.more(message, row);
  });
  const rows = useMemo(() => {
    // What is under way stands at the end of the log, not of a window in the middle of it.
    const own = log?.moreAfter
      ? []
      : outbox.filter((item) => item.place === place && item.identity === you);
    return rowsOf(log?.messages ?? [], own, since, you);
  }, [log, outbox, since, you, place]);
  const edge = useCallback(
    (edge: "top" | "bottom") => {
      const { logs } = hearth.chat;
      // Cut: asked again when somebody scrolls on.
      void (edge === "top" ? logs.older(place) : logs.newer(place)).catch(() => {});
    },
    [hearth, place],
  );
  const receiptAt = personOf(place) === undefined ? undefined : lastOwn(log?.messages, you);
  return (
    // Pointing only shows what the keyboard reaches by itself.
    // biome-ignore lint/a11y/noStaticElementInteractions: see above
    <div
      className="log-touch"
      onPointerOver={(event: PointerEvent) =>
        event.pointerType === "mouse" && setPointed(rowAt(event))
      }
      onPointerLeave={(event: PointerEvent) =>
        event.pointerType === "mouse" && setPointed(undefined)
      }
      onFocus={(event) => setFocused(rowAt(event))}
      onBlur={(event) => {
        const { currentTarget, relatedTarget: next } = event;
        // To nowhere goes what a layer or another window takes: it comes back.
        if (next && !currentTarget.contains(next)) setFocused(undefined);
      }}
      {...press}
    >
      <Steady
        ref={box}
        label={label}
        ends={!log?.moreAfter}
        onedge={edge}
        onend={onend}
        onKeyDown={(event) => step(event, deeds, log?.messages ?? [])}
      >
        {rows.map((row) => (
          <RowView
            key={row.key}
            row={row}
            hearth={hearth}
            place={place}
            you={you}
            active={row.key === pointed || row.key === focused}
            sought={"message" in row && row.message.seq === sought}
            receipt={"message" in row && row.message.seq === receiptAt}
            deeds={deeds}
          />
        ))}
      </Steady>
    </div>
  );
}

/** The row that something happened in. */
function rowAt({ target }: { target: EventTarget }): string | undefined {
  const row = target instanceof Element ? target.closest<HTMLElement>("[data-row]") : null;
  return row?.dataset.row;
}

interface RowProps {
  row: Row;
  hearth: Hearth;
  place: Place;
  you: string | undefined;
  active: boolean;
  sought: boolean;
  receipt: boolean;
  deeds: Deeds;
}

function RowView({ row, hearth, place, you, active, sought, receipt, deeds }: RowProps) {
  switch (row.kind) {
    case "day":
      return (
        <div className="day">
          <span>{dayOf(row.at_ms)}</span>
        </div>
      );
    case "since":
      return (
        <div className="since" role="separator">
          <span>
            {row.at_ms === undefined ? words.chat.news : words.chat.since(timeOf(row.at_ms))}
          </span>
        </div>
      );
    case "event":
      return <EventLine hearth={hearth} message={row.message} place={place} you={you} />;
    case "outgoing":
      return <OutgoingMessage hearth={hearth} item={row.item} continued={row.continued} />;
    case "message":
      return (
        <Message
          hearth={hearth}
          place={place}
          message={row.message}
          continued={row.continued}
          you={you}
          active={active}
          sought={sought}
          deeds={deeds}
          receipt={receipt ? <Receipt place={place} seq={row.message.seq} /> : undefined}
        />
      );
  }
}

function lastOwn(messages: readonly ChatMessage[] | undefined, you: string | undefined) {
  return messages?.findLast(({ author, body }) => author.identity === you && body.kind !== "system")
    ?.seq;
}

/** From message to message by ↑ and ↓; Enter opens what can be done. */
function step(
  event: KeyboardEvent<HTMLElement>,
  deeds: Deeds,
  messages: readonly ChatMessage[],
): void {
  const box = event.currentTarget;
  const at = document.activeElement;
  const row = at instanceof HTMLElement && at.matches("[data-row]") ? at : undefined;
  if (event.key === "Enter" && row) {
    const message = messages.find(({ id }) => id === row.dataset.row);
    if (message && message.body.kind !== "deleted") deeds.more(message, row);
  } else if (event.key === "Escape" && row) box.focus();
  else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    const all = [...box.querySelectorAll<HTMLElement>("[data-row]")];
    if (at !== box && !row) return;
    const index = row ? all.indexOf(row) : all.length;
    const next = all[index + (event.key === "ArrowUp" ? -1 : 1)];
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "nearest" });
  } else return;
  event.preventDefault();
}

/** Brings the message that is wished for into view once it is there; its number for a while. */
function useSought(
  box: RefObject<Steady | null>,
  wish: Wish | undefined,
  messages: readonly ChatMessage[] | undefined,
): number | undefined {
  const [sought, setSought] = useState<number>();
  const granted = useRef<Wish>(undefined);
  useLayoutEffect(() => {
    if (!wish || granted.current === wish) return;
    if (!box.current?.reveal(`[data-seq="${wish.seq}"]`)) return;
    granted.current = wish;
    setSought(wish.seq);
  }, [wish, messages]);
  useEffect(() => {
    if (sought === undefined) return;
    const timer = setTimeout(() => setSought(undefined), SOUGHT_MS);
    return () => clearTimeout(timer);
  }, [sought]);
  return sought;
}

/** What stands at the end in front of somebody is read. */
function useReading(
  hearth: Hearth,
  place: Place,
  box: RefObject<Steady | null>,
  atEnd: boolean,
): void {
  const attentive = useAttentive();
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const element = box.current?.element;
    if (!element) return;
    // On a phone the messages may stand behind another tab.
    const observer = new IntersectionObserver(([entry]) =>
      setShown(entry?.isIntersecting ?? false),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  const reads = attentive && shown && atEnd;
  useEffect(() => {
    hearth.chat.marks.attend(reads ? place : undefined);
    return () => hearth.chat.marks.attend(undefined);
  }, [hearth, place, reads]);
}
