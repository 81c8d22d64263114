// Whether one is told of messages while the page is out of view.

import { useStore } from "zustand";
import { askForNotices, canNotify } from "../chat/notices";
import { settings } from "../engine/stores";
import { Toggle } from "../look/toggle";
import { words } from "../words";

export function Notices() {
  const notices = useStore(settings, (state) => state.notices);
  if (!canNotify()) return null;
  const blocked = Notification.permission === "denied";
  const [title = "", hint = ""] = words.notices.setting;
  return (
    <Toggle
      text={[title, blocked ? words.notices.blocked : hint]}
      on={notices === "on" && !blocked}
      disabled={blocked}
      onset={(on) => {
        if (on) void askForNotices();
        else settings.setState({ notices: "off" });
      }}
    />
  );
}
