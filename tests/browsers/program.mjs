// The programs under test: `hearth` and the impaired network before it. Both are built before
// (tests/run does it).
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const BUILT = resolve(import.meta.dirname, "../../target/debug");
const START_MS = 20_000;

/**
 * Starts hearth on a free port of every address with `settings`, as in
 * `{ "sfu.slots": 10, "sfu.public_addresses": ["127.0.0.1:5000"] }`. `folder`: where one that was
 * killed has left what it keeps.
 */
export async function startHearth(
  settings = {},
  folder = mkdtempSync(join(tmpdir(), "hearth-program-")),
) {
  const environment = { ...process.env, HEARTH_SERVER__LISTEN: "[::]:0", NO_COLOR: "1" };
  for (const name of ["HEARTH_BIN", "PORT", "CLIENT_URL", "REDIS_URL", "RUST_LOG"])
    delete environment[name];
  for (const [key, value] of Object.entries(settings)) {
    const name = `HEARTH_${key.toUpperCase().replace(".", "__")}`;
    environment[name] = typeof value === "string" ? value : JSON.stringify(value);
  }
  const child = start(process.env.HEARTH_BIN ?? join(BUILT, "hearth"), [], {
    cwd: folder,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines = [];
  const address = await new Promise((found, fail) => {
    const failed = (why) => fail(new Error(`hearth ${why}:\n${lines.join("\n")}`));
    setTimeout(() => failed("does not listen"), START_MS).unref();
    child.once("exit", (code) => failed(`ended with ${code}`));
    for (const output of [child.stdout, child.stderr]) {
      createInterface(output).on("line", (line) => {
        lines.push(line);
        const port = line.match(/listening on http:\/\/\S*:(\d+)/)?.[1];
        if (port) found(`127.0.0.1:${port}`);
      });
    }
  });
  return {
    address,
    url: `http://${address}`,
    pid: child.pid,
    folder,
    lines,
    /** Ends it as a crash would: nothing is said to anybody, and all that it kept stays. */
    async kill() {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
    async stop() {
      const ended = once(child, "exit");
      if (child.exitCode === null && child.kill("SIGTERM")) await ended;
      rmSync(folder, { recursive: true, force: true });
      return child.exitCode;
    },
  };
}

/** Starts the impaired network. Lead it to the server; `order("udp cut")` and so on. */
export async function startPath() {
  const child = start(join(BUILT, "impair"), [], { stdio: ["pipe", "pipe", "inherit"] });
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  const [udp, tcp] = (await answers.next()).value.split(" ");
  return {
    udp,
    tcp,
    async order(line) {
      child.stdin.write(`${line}\n`);
      const { value } = await answers.next();
      if (value !== "done") throw new Error(`"${line}" was not done`);
    },
    async stop() {
      const ended = once(child, "exit");
      child.stdin.end();
      await ended;
    },
  };
}

function start(program, ...rest) {
  if (!existsSync(program)) {
    throw new Error(`${program} is not there: tests/run builds it`);
  }
  return spawn(program, ...rest);
}
