// One's own message that is still under way, or was refused.

import { Clock3, TriangleAlert } from "lucide-react";
import { useStore } from "zustand";
import type { Hearth } from "../engine/hearth";
import type { Outgoing } from "../engine/outbox";
import { session } from "../engine/stores";
import { Arch } from "../look/arch";
import { useSeconds } from "../look/seconds";
import { words } from "../words";
import { briefOf, lengthOf, timeOf } from "../words/clock";
import { namesOf } from "./names";
import { Prose } from "./prose";

interface Props {
  hearth: Hearth;
  item: Outgoing;
  continued: boolean;
}

export function OutgoingMessage({ hearth, item, continued }: Props) {
  const { name, avatar, link } = useStore(session);
  const { message, content, at_ms, state, code, retryAt } = item;
  const seconds = useSeconds(retryAt);
  const failed = state === "refused";
  const waits = state === "waiting" && (link !== "steady" || retryAt !== undefined);
  return (
    <article
      className={`msg mine ${continued ? "cont" : ""} ${failed ? "failed" : "going"}`}
      data-row={message}
      tabIndex={-1}
      aria-label={[words.you, failed ? words.chat.unsent : timeOf(at_ms)].join(", ")}
    >
      {continued ? (
        <span className="m-t" aria-hidden="true">
          {briefOf(at_ms)}
        </span>
      ) : (
        <Arch avatar={avatar} name={name} size={36} />
      )}
      <div className="m-body">
        {!continued && (
          <p className="m-by">
            <b>{name}</b>
            <time dateTime={new Date(at_ms).toISOString()}>{timeOf(at_ms)}</time>
          </p>
        )}
        <div className="prose">
          {content.kind === "text" ? (
            <Prose text={content.text} names={namesOf(content.mentions ?? [])} />
          ) : (
            <p>
              {words.chat.sound}, {lengthOf(content.duration_ms)}
            </p>
          )}
        </div>
        {failed && (
          <p className="m-fail" role="alert">
            <TriangleAlert />
            <span>
              {words.chat.unsent}. {code === "forbidden" && words.chat.forbidden}
            </span>
            <button
              type="button"
              className="link"
              onClick={() => hearth.chat.outbox.retry(message)}
            >
              {words.chat.retry}
            </button>
            <button
              type="button"
              className="link"
              onClick={() => hearth.chat.outbox.discard(message)}
            >
              {words.chat.discard}
            </button>
          </p>
        )}
        {waits && (
          <p className="m-wait">
            <Clock3 />
            {code === "rate_limited" ? words.chat.tooMuch(seconds) : words.chat.waiting}
            <button
              type="button"
              className="link"
              onClick={() => hearth.chat.outbox.discard(message)}
            >
              {words.chat.discard}
            </button>
          </p>
        )}
      </div>
    </article>
  );
}
