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
import "./look/dock.css";
import "./look/layers.css";
import "./look/mini.css";
import "./look/palette.css";
import "./look/settings.css";
import "./look/narrow.css";
import "./look/preferences.css";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { expose } from "./engine/diagnostics";
import { Hearth } from "./engine/hearth";
import { announce } from "./voice/announce";

const scheme = location.protocol === "https:" ? "wss" : "ws";
const hearth = new Hearth(`${scheme}://${location.host}/ws`);
hearth.onannounce = (announcement) => announce(announcement);
expose(hearth);

const root = document.getElementById("hearth");
if (root) {
  void hearth.start().then(() => createRoot(root).render(<App hearth={hearth} />));
}
