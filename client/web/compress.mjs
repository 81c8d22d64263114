// Writes FILE.br and FILE.gz beside each file of a built folder that gets smaller by it, so that
// the server compresses nothing. Usage: node compress.mjs FOLDER
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

// Below this many bytes a response fits one packet anyhow.
const WORTH_BYTES = 1024;

const folder = process.argv[2];
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  if (!entry.isFile() || /\.(br|gz)$/.test(path)) continue;
  const bytes = readFileSync(path);
  if (bytes.length < WORTH_BYTES) continue;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  const smaller = (packed) => packed.length < bytes.length * 0.95;
  const brotli = brotliCompressSync(bytes, { params });
  if (smaller(brotli)) writeFileSync(`${path}.br`, brotli);
  const gzip = gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION });
  if (smaller(gzip)) writeFileSync(`${path}.gz`, gzip);
}
