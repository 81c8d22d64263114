import "@fontsource-variable/commissioner/flar.css";
import "./look/tokens.css";
import { createRoot } from "react-dom/client";

const root = document.getElementById("hearth");
if (root) createRoot(root).render(<main>Hearth</main>);
