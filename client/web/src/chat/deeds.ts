// What can be done with a message.

import type { ChatMessage, Role } from "../protocol";

/** Where a layer opens: what was pressed. */
type Pressed = Element;

/** Stable as long as the conversation is the same one. */
export interface Deeds {
  reply(message: ChatMessage): void;
  edit(message: ChatMessage): void;
  /** Puts an emoji under it, or takes one's own away. */
  react(message: ChatMessage, emoji: string): void;
  /** Opens the picker of emoji. */
  pick(message: ChatMessage, pressed: Pressed): void;
  /** Opens everything that can be done. */
  more(message: ChatMessage, pressed: Pressed): void;
  copy(message: ChatMessage): void;
  remove(message: ChatMessage): void;
  /** Goes to the message of a number. */
  jump(seq: number): void;
}

export function mayEdit(message: ChatMessage, you: string | undefined): boolean {
  return message.body.kind === "text" && message.author.identity === you;
}

/** @param role what one is in the room; `undefined` between two people */
export function mayDelete(
  message: ChatMessage,
  you: string | undefined,
  role: Role | undefined,
): boolean {
  if (message.body.kind === "deleted" || message.body.kind === "system") return false;
  return message.author.identity === you || (role !== undefined && role !== "member");
}

/** Whether one's own emoji of this kind is under it. */
export function reacted(message: ChatMessage, emoji: string, you: string | undefined): boolean {
  const reaction = message.reactions?.find((one) => one.emoji === emoji);
  return you !== undefined && (reaction?.by.includes(you) ?? false);
}
