// How the page is built, served while it is being worked on, and tested.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { emoji } from "./emoji";
import { firstLoad } from "./first";

const server = "http://localhost:8080";

export default defineConfig({
  plugins: [react(), emoji(), firstLoad()],
  build: {
    target: "es2022",
    emptyOutDir: true,
    // The page's Content-Security-Policy takes no data: fonts, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      "/ws": { target: server, ws: true },
      "/api": { target: server },
    },
  },
  test: { include: ["src/**/*.test.ts"] },
});
