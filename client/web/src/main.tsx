// Where the page begins: the engine, its face, and a window into it for those who are curious.

import "@fontsource-variable/commissioner/flar.css";
import "./look/tokens.css";
import "./look/base.css";
import "./look/controls.css";
import "./look/arch.css";
import "./look/join.css";
import "./look/rooms.css";
import "./look/shell.css";
import "./look/stage.css";
import "./look/chat.css";
import "./look/write.css";
import "./look/sound.css";
import "./look/dock.css";
import "./look/call.css";
import "./look/layers.css";
import "./look/mini.css";
import "./look/palette.css";
import "./look/settings.css";
import "./look/narrow.css";
import "./look/preferences.css";
import { createRoot } from "react-dom/client";
import { expose } from "./engine/diagnostics";
import { Hearth } from "./engine/hearth";
import { settings } from "./engine/stores";
import { keepFocus } from "./look/ground";
import { Page } from "./page";
import { barred } from "./rooms/walk";
import { speak } from "./words";

const scheme = location.protocol === "https:" ? "wss" : "ws";
const hearth = new Hearth(`${scheme}://${location.host}/ws`);
hearth.onbarred = barred;
expose(hearth);
keepFocus();

const element = document.getElementById("hearth");
if (element) {
  const root = createRoot(element);
  // Another language draws everything anew; what goes on is in the engine and the stores.
  const draw = async () => {
    const language = await speak(settings.getState().language);
    root.render(<Page key={language} hearth={hearth} />);
  };
  void hearth.start().then(draw);
  settings.subscribe((now, before) => {
    if (now.language !== before.language) void draw();
  });
}
