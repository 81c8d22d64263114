// One message: who, when, what, what became of it.

import { CornerUpLeft, Trash2 } from "lucide-react";
import { memo, useEffect } from "react";
import { useStore } from "zustand";
import type { Hearth } from "../engine/hearth";
import { found } from "../engine/log";
import type { Place } from "../engine/place";
import { written } from "../engine/written";
import { Arch } from "../look/arch";
import type { ChatMessage, SystemEvent } from "../protocol";
import { words } from "../words";
import { briefOf, lengthOf, timeOf } from "../words/clock";
import type { Deeds } from "./deeds";
import { known, namesOf } from "./names";
import { Prose, wordsOf } from "./prose";
import { Reactions } from "./reactions";
import { Sound } from "./sound";
import { Tools } from "./tools";

interface Props {
  hearth: Hearth;
  place: Place;
  message: ChatMessage;
  continued: boolean;
  you: string | undefined;
  /** Pointed at or in focus: then it shows what can be done with it. */
  active: boolean;
  /** Just jumped to. */
  sought: boolean;
  deeds: Deeds;
  /** "Read 21:30" and the like, under the last one that was. */
  receipt?: React.ReactNode;
}

export const Message = memo(function Message(props: Props) {
  const { hearth, place, message, continued, you, active, sought, deeds, receipt } = props;
  const { seq, author, at_ms, body, mentions = [], edited_at_ms, reply_to, reactions } = message;
  const toMe = you !== undefined && mentions.includes(you) && author.identity !== you;
  const mine = author.identity === you;
  const gone = body.kind === "deleted";
  const label = [
    mine ? words.you : author.name,
    timeOf(at_ms),
    toMe ? words.chat.mentionsYou : "",
    body.kind === "voice" ? words.chat.sound : "",
  ];
  return (
    <article
      className={`msg ${continued ? "cont" : ""} ${toMe ? "to-me" : ""} ${sought ? "sought" : ""}`}
      data-row={message.id}
      data-seq={seq}
      tabIndex={-1}
      aria-label={label.filter(Boolean).join(", ")}
    >
      {continued ? (
        <span className="m-t" aria-hidden="true">
          {briefOf(at_ms)}
        </span>
      ) : (
        <Arch avatar={author.avatar} name={author.name} size={36} />
      )}
      <div className="m-body">
        {reply_to !== undefined && (
          <Quote hearth={hearth} place={place} seq={reply_to} onjump={deeds.jump} />
        )}
        {!continued && (
          <p className="m-by">
            <b>{author.name}</b>
            <time dateTime={new Date(at_ms).toISOString()}>{timeOf(at_ms)}</time>
          </p>
        )}
        <Content hearth={hearth} message={message} mine={mine} mentions={mentions} />
        {edited_at_ms !== undefined && !gone && (
          <span className="edited" title={timeOf(edited_at_ms)}>
            {words.chat.edited}
          </span>
        )}
        {reactions && reactions.length > 0 && (
          <Reactions message={message} you={you} deeds={deeds} />
        )}
        {receipt}
      </div>
      {active && !gone && <Tools message={message} you={you} deeds={deeds} />}
    </article>
  );
});

interface ContentProps {
  hearth: Hearth;
  message: ChatMessage;
  mine: boolean;
  mentions: readonly string[];
}

function Content({ hearth, message: { id, body }, mine, mentions }: ContentProps) {
  switch (body.kind) {
    case "text":
      return (
        <div className="prose">
          <Prose text={body.text} names={namesOf(mentions)} />
        </div>
      );
    case "voice":
      return (
        <Sound
          player={hearth.spoken.player}
          id={id}
          source={`/api/blobs/${encodeURIComponent(body.blob)}`}
          lengthMs={body.duration_ms}
          peaks={body.peaks}
          marked={!mine}
        />
      );
    case "deleted":
      return (
        <p className="tomb">
          <Trash2 />
          {words.chat.tomb(known(body.by)?.name)}
        </p>
      );
    case "system":
      return null;
  }
}

interface QuoteProps {
  hearth: Hearth;
  place: Place;
  seq: number;
  onjump: (seq: number) => void;
}

/** What a message answers, in a line. */
function Quote({ hearth, place, seq, onjump }: QuoteProps) {
  const quoted = useStore(written, ({ logs }) => {
    const log = logs.get(place);
    return log && found(log, seq);
  });
  useEffect(() => {
    if (!quoted) void hearth.chat.logs.quote(place, seq);
  }, [hearth, place, seq, quoted]);
  return (
    <p className="quote">
      <button type="button" onClick={() => onjump(seq)}>
        <span className="vh">{words.chat.answers} </span>
        <CornerUpLeft />
        {quoted ? <b>{quoted.author.name}</b> : null}{" "}
        {quoted ? inShort(quoted) : words.chat.earlier}
      </button>
    </p>
  );
}

/** A message in a line. */
export function inShort({ body }: ChatMessage): string {
  switch (body.kind) {
    case "text":
      return wordsOf(body.text);
    case "voice":
      return `${words.chat.sound}, ${lengthOf(body.duration_ms)}`;
    case "deleted":
      return words.chat.tomb(undefined);
    case "system":
      return inBrief(body.event.what);
  }
}

function inBrief(what: SystemEvent["what"]): string {
  const { missed, call, short } = words.chat.event;
  if (what === "missed_call") return missed;
  return what === "call" ? call : short;
}
