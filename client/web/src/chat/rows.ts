// What stands in the log, from top to bottom: days, messages, what is under way, "new since".
//
// Pure: says what a window of messages looks like; draws nothing.

import type { Outgoing } from "../engine/outbox";
import type { ChatMessage } from "../protocol";

/** Messages of one person within this time share one arch and name, ms. */
const TOGETHER_MS = 5 * 60_000;

export type Row =
  | { kind: "day"; key: string; at_ms: number }
  | { kind: "since"; key: string; at_ms: number | undefined }
  | { kind: "message"; key: string; message: ChatMessage; continued: boolean }
  | { kind: "event"; key: string; message: ChatMessage }
  | { kind: "outgoing"; key: string; item: Outgoing; continued: boolean };

/**
 * @param since the line "new since" stands behind this number
 * @param you whose messages are never news, and whose are under way
 */
export function rowsOf(
  messages: readonly ChatMessage[],
  outgoing: readonly Outgoing[],
  since: number | undefined,
  you: string | undefined,
): Row[] {
  const rows: Row[] = [];
  let before: { at_ms: number; by: string; joins: boolean } | undefined;
  let news = since;
  const begin = (at_ms: number) => {
    if (before && sameDay(before.at_ms, at_ms)) return;
    rows.push({ kind: "day", key: `day-${dayOf(at_ms)}`, at_ms });
    before = undefined;
  };
  for (const message of messages) {
    const { seq, id, at_ms, author, body, reply_to } = message;
    const last = before;
    begin(at_ms);
    if (news !== undefined && seq > news && author.identity !== you) {
      // Above the window everything may be new: then the line would say nothing.
      if (last) rows.push({ kind: "since", key: "since", at_ms: last.at_ms });
      news = undefined;
      before = undefined;
    }
    if (body.kind === "system") {
      rows.push({ kind: "event", key: id, message });
      before = { at_ms, by: author.identity, joins: false };
      continue;
    }
    const continued = joins(before, author.identity, at_ms, reply_to);
    rows.push({ kind: "message", key: id, message, continued });
    before = { at_ms, by: author.identity, joins: true };
  }
  const shown = new Set(messages.map(({ id }) => id));
  for (const item of outgoing) {
    if (shown.has(item.message)) continue;
    begin(item.at_ms);
    const continued = joins(before, item.identity, item.at_ms, item.reply_to);
    rows.push({ kind: "outgoing", key: item.message, item, continued });
    before = { at_ms: item.at_ms, by: item.identity, joins: true };
  }
  return rows;
}

function joins(
  before: { at_ms: number; by: string; joins: boolean } | undefined,
  by: string,
  at_ms: number,
  reply_to: number | undefined,
): boolean {
  if (!before?.joins || before.by !== by || reply_to !== undefined) return false;
  return at_ms - before.at_ms < TOGETHER_MS;
}

function dayOf(at_ms: number): string {
  const date = new Date(at_ms);
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
}

function sameDay(one: number, other: number): boolean {
  return dayOf(one) === dayOf(other);
}
