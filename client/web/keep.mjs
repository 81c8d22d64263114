// Writes the service worker beside a built page: which files it keeps, and a name for the whole of
// them, so that another build is another worker. Usage: node keep.mjs FOLDER
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

// Not what is large and seldom wanted: the noise reduction, and letters of other scripts.
const KEPT = /\.(js|css|svg)$|latin-flar.*\.woff2$/;

const folder = process.argv[2];
const source = readFileSync(join(import.meta.dirname, "worker.js"), "utf8");
const version = createHash("sha256").update(source);
const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
  .toSorted();
for (const path of files) version.update(path.slice(folder.length)).update(readFileSync(path));
const kept = files.map((path) => `/${relative(folder, path)}`).filter((path) => KEPT.test(path));
writeFileSync(
  join(folder, "worker.js"),
  source
    .replace("hearth-VERSION", `hearth-${version.digest("hex").slice(0, 16)}`)
    .replace("= FILES", `= ${JSON.stringify(kept)}`),
);
