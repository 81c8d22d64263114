// Notices outside the page, of what was written to oneself while the page is out of view. They are
// asked for when one comes back and finds that something was missed.

import { Bell } from "lucide-react";
import { useStore } from "zustand";
import { openDirect } from "../direct/open";
import { type Place, personOf, roomOf } from "../engine/place";
import { type Shell, shell } from "../engine/shell";
import { session, settings } from "../engine/stores";
import type { ChatMessage } from "../protocol";
import { words } from "../words";
import { attentive, useAttentive } from "./attention";
import { inShort } from "./message";

/** Of a long message so much is shown, characters. */
const SHOWN = 140;

/** Whether the browser can show any. */
export function canNotify(): boolean {
  return "Notification" in window;
}

/** Lets the browser ask, and keeps what comes of it. */
export async function askForNotices(): Promise<void> {
  const granted = (await Notification.requestPermission()) === "granted";
  settings.setState({ notices: granted ? "on" : "off" });
}

/** Somebody else wrote something: tells of it if it is for oneself and nobody is looking. */
export function notify(installed: Shell, place: Place, message: ChatMessage): void {
  const { author, body, mentions = [] } = message;
  const you = session.getState().identity ?? "";
  const mine = personOf(place) !== undefined || mentions.includes(you);
  if (!mine || attentive() || body.kind === "system") return;
  noticeOf(installed, place, author.name, [...inShort(message)].slice(0, SHOWN).join(""));
}

/** Shows a notice outside the page, if that is wanted; pressed, it leads to the place. */
export function noticeOf(installed: Shell, place: Place, title: string, body: string): void {
  const { notices } = settings.getState();
  if (notices === "unasked") shell.setState({ missed: true });
  if (!canNotify() || notices !== "on" || Notification.permission !== "granted") return;
  // One per conversation: the newest takes the place of the one before.
  void installed.notice(title, { body, tag: place, icon: "/hearth-192.png", data: place });
}

/** Where a notice leads. */
export function openNoticed(place: string): void {
  const person = personOf(place as Place);
  const room = roomOf(place as Place);
  if (person !== undefined) openDirect(person);
  else if (room !== undefined) location.hash = `#/r/${encodeURIComponent(room)}`;
}

/** Asks once, when something was missed and one is looking again. */
export function AskForNotices() {
  const missed = useStore(shell, (state) => state.missed);
  const renewed = useStore(shell, (state) => state.renewed);
  const notices = useStore(settings, (state) => state.notices);
  const looking = useAttentive();
  if (!missed || renewed || notices !== "unasked" || !looking) return null;
  const [title, text] = words.notices.ask;
  return (
    <div className="banner calm floating" role="status">
      <Bell />
      <p>
        <b>{title}</b> {text}
      </p>
      <button className="btn quiet small" type="button" onClick={() => void askForNotices()}>
        {words.notices.yes}
      </button>
      <button
        className="btn text small"
        type="button"
        onClick={() => settings.setState({ notices: "off" })}
      >
        {words.notices.no}
      </button>
    </div>
  );
}
