// Where one writes: a message, an answer, a change of what one has written.

import { ArrowUp, CornerUpLeft, Pencil, Smile, X } from "lucide-react";
import {
  type FormEvent,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useId,
  useLayoutEffect,
  useState,
} from "react";
import { useStore } from "zustand";
import { session } from "../engine/stores";
import type { ChatMessage } from "../protocol";
import { words } from "../words";
import { Candidates } from "./candidates";
import { completed, fitting, started } from "./mention";
import { inShort } from "./message";
import { everybody, type Known } from "./names";

/** What is being written besides the text. */
export type Purpose =
  | { kind: "new" }
  | { kind: "reply"; to: ChatMessage | undefined }
  | { kind: "edit"; of: ChatMessage };

interface Props {
  field: RefObject<HTMLTextAreaElement | null>;
  label: string;
  text: string;
  purpose: Purpose;
  /** Whether people can be mentioned here. */
  mentions: boolean;
  ontext: (text: string) => void;
  onsend: () => void;
  /** No answer, no change. */
  oncancel: () => void;
  /** ↑ where nothing is written. */
  onup: () => void;
  onemoji: (pressed: Element) => void;
  /** Beside Send: the way to speak instead of writing. */
  children?: ReactNode;
}

export function Composer(props: Props) {
  const { field, label, text, purpose, ontext, onsend, oncancel, onup, onemoji } = props;
  const most = useStore(session, (state) => state.limits?.chat_chars ?? 4_000);
  const length = [...text.trim()].length;
  const id = useId();
  const mention = useMention(props);
  useHeight(field, text);
  useCaretAtEnd(field, purpose.kind);
  const sendable = length > 0 && length <= most;

  const send = (event?: FormEvent) => {
    event?.preventDefault();
    if (sendable) onsend();
  };
  const pressed = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing || mention.pressed(event)) return;
    const { key, shiftKey, ctrlKey, metaKey } = event;
    if (key === "Enter" && (ctrlKey || metaKey || (!shiftKey && hasKeyboard()))) send();
    else if (key === "Escape" && purpose.kind !== "new") oncancel();
    else if (key === "ArrowUp" && text === "" && purpose.kind === "new") onup();
    else return;
    event.preventDefault();
  };
  return (
    <>
      {mention.list.length > 0 && (
        <Candidates
          id={`${id}-who`}
          list={mention.list}
          chosen={mention.chosen}
          onchoose={mention.choose}
        />
      )}
      {purpose.kind !== "new" && <About purpose={purpose} oncancel={oncancel} />}
      <form className="box" onSubmit={send}>
        <button
          className="icon-btn"
          type="button"
          aria-label={words.chat.emoji}
          title={words.chat.emoji}
          onClick={(event) => onemoji(event.currentTarget)}
        >
          <Smile />
        </button>
        <textarea
          ref={field}
          rows={1}
          aria-label={label}
          placeholder={label}
          aria-autocomplete="list"
          aria-controls={mention.list.length > 0 ? `${id}-who` : undefined}
          aria-activedescendant={
            mention.list.length > 0 ? `${id}-who-${mention.chosen}` : undefined
          }
          aria-invalid={length > most || undefined}
          aria-describedby={length > most ? `${id}-long` : undefined}
          enterKeyHint="enter"
          value={text}
          onChange={(event) => {
            ontext(event.target.value);
            mention.look(event.target);
          }}
          onSelect={(event) => mention.look(event.currentTarget)}
          onBlur={mention.close}
          onKeyDown={pressed}
        />
        {length > most && (
          <span className="too-long" id={`${id}-long`} role="alert">
            {words.chat.tooLong(length, most)}
          </span>
        )}
        {props.children}
        <button
          className="icon-btn send"
          type="submit"
          aria-label={purpose.kind === "edit" ? words.chat.save : words.chat.send}
          aria-disabled={!sendable}
        >
          <ArrowUp />
        </button>
      </form>
    </>
  );
}

interface AboutProps {
  purpose: Exclude<Purpose, { kind: "new" }>;
  oncancel: () => void;
}

/** What is being answered or changed. */
function About({ purpose, oncancel }: AboutProps) {
  const message = purpose.kind === "edit" ? purpose.of : purpose.to;
  return (
    <p className="about">
      {purpose.kind === "edit" ? <Pencil /> : <CornerUpLeft />}
      <span>
        {purpose.kind === "edit" ? (
          words.chat.editing
        ) : (
          <>
            {words.chat.replyTo(message?.author.name ?? "")} {message && inShort(message)}
          </>
        )}
      </span>
      <button
        className="icon-btn small"
        type="button"
        aria-label={words.chat.cancel}
        onClick={oncancel}
      >
        <X />
      </button>
    </p>
  );
}

/** On a phone Enter is a new line: there is a button to send. */
function hasKeyboard(): boolean {
  return !matchMedia("(pointer: coarse)").matches;
}

/** As high as what is written, up to the bound that the look has. */
function useHeight(field: RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    const { current } = field;
    if (!current) return;
    current.style.height = "auto";
    current.style.height = `${current.scrollHeight}px`;
  }, [field, text]);
}

/** Going on with something that is there already begins behind it. */
function useCaretAtEnd(field: RefObject<HTMLTextAreaElement | null>, kind: Purpose["kind"]): void {
  useEffect(() => {
    const end = field.current?.value.length ?? 0;
    field.current?.setSelectionRange(end, end);
  }, [field, kind]);
}

function useMention({ field, text, mentions, ontext }: Props) {
  const you = useStore(session, (state) => state.identity ?? "");
  const [at, setAt] = useState<{ from: number; sought: string }>();
  const [chosen, setChosen] = useState(0);
  /** Where the caret belongs once the text is there. */
  const [caret, setCaret] = useState<number>();
  const list = at && mentions ? fitting(everybody(), at.sought, you) : [];
  useEffect(() => {
    if (caret === undefined) return;
    field.current?.setSelectionRange(caret, caret);
    setCaret(undefined);
  }, [caret, field]);

  const choose = (somebody: Known | undefined) => {
    if (!at || !somebody) return;
    const after = completed(text, at, somebody.name);
    ontext(after.text);
    setCaret(after.caret);
    setAt(undefined);
  };
  return {
    list,
    chosen: Math.min(chosen, Math.max(0, list.length - 1)),
    choose,
    close: () => setAt(undefined),
    look: (element: HTMLTextAreaElement) => {
      const { value, selectionStart, selectionEnd } = element;
      const found = selectionStart === selectionEnd ? started(value, selectionStart) : undefined;
      if (found?.from !== at?.from || found?.sought !== at?.sought) setChosen(0);
      setAt(found);
    },
    /** Whether the key was meant for the list. */
    pressed: (event: KeyboardEvent): boolean => {
      if (list.length === 0) return false;
      if (event.key === "ArrowDown") setChosen((chosen + 1) % list.length);
      else if (event.key === "ArrowUp") setChosen((chosen + list.length - 1) % list.length);
      else if (event.key === "Enter" || event.key === "Tab") choose(list[chosen]);
      else if (event.key === "Escape") setAt(undefined);
      else return false;
      event.preventDefault();
      return true;
    },
  };
}
