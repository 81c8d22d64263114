// Whether one is told of messages while the page is out of view.

import { useId } from "react";
import { useStore } from "zustand";
import { askForNotices, canNotify } from "../chat/notices";
import { settings } from "../engine/stores";
import { words } from "../words";

export function Notices() {
  const notices = useStore(settings, (state) => state.notices);
  const id = useId();
  if (!canNotify()) return null;
  const blocked = Notification.permission === "denied";
  const [title, hint] = words.notices.setting;
  return (
    <label className="switch">
      <span>
        <b>{title}</b>
        <small id={id}>{blocked ? words.notices.blocked : hint}</small>
      </span>
      <input
        type="checkbox"
        role="switch"
        aria-label={title}
        aria-describedby={id}
        checked={notices === "on" && !blocked}
        disabled={blocked}
        onChange={(event) => {
          if (event.target.checked) void askForNotices();
          else settings.setState({ notices: "off" });
        }}
      />
    </label>
  );
}
