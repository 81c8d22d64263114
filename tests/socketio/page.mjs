// Somebody at a page of the older chat: the official client, and whatever has come to it.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { io } from "socket.io-client";

/** Longer than anything takes here: whoever waits so long waits in vain. */
const PATIENCE_MS = 15_000;

const SOUNDS = resolve(import.meta.dirname, "../../signaling/tests/sounds");

/** A recording as a page sends it, and its bytes. */
export function recording() {
  const bytes = readFileSync(resolve(SOUNDS, "chromium.webm"));
  return { bytes, audio: `data:audio/webm;codecs=opus;base64,${bytes.toString("base64")}` };
}

export class Page {
  #came = [];
  #waiting = [];

  /** Connects to `hearth` and says nothing. */
  static async open(hearth, options = {}) {
    const page = new Page();
    page.socket = io(hearth.url, { forceNew: true, reconnection: false, ...options });
    page.socket.onAny((event, payload) => page.#take(event, payload));
    page.socket.on("disconnect", (reason) => page.#take("disconnect", reason));
    await page.#connected();
    return page;
  }

  /** Walks into `room` by `name`; the answer is in `joined`. */
  static async in(hearth, room, name, options = {}) {
    const page = await Page.open(hearth, options);
    page.joined = await page.ask("room:join", { roomId: room, user: { name } });
    if (!page.joined.ok) throw new Error(`not joined: ${JSON.stringify(page.joined)}`);
    return page;
  }

  get id() {
    return this.socket.id;
  }

  say(event, ...payload) {
    this.socket.emit(event, ...payload);
  }

  /** Says something and waits for the answer to it. */
  ask(event, ...payload) {
    return this.socket.timeout(PATIENCE_MS).emitWithAck(event, ...payload);
  }

  /**
   * The first `event` that has come, or comes, and fits; it and what came before it of the same
   * name is taken.
   */
  heard(event, fits = () => true) {
    const at = this.#came.findIndex((it) => it.event === event && fits(it.payload));
    if (at >= 0) {
      const { payload } = this.#came[at];
      this.#came = this.#came.filter((it, index) => it.event !== event || index > at);
      return Promise.resolve(payload);
    }
    return new Promise((found, fail) => {
      const late = () => {
        const came = this.#came.map(
          (it) => `${it.event} ${JSON.stringify(it.payload).slice(0, 300)}`,
        );
        fail(new Error(`no ${event} came that fits; but:\n${came.join("\n")}`));
      };
      this.#waiting.push({ event, fits, found, timer: setTimeout(late, PATIENCE_MS) });
    });
  }

  /** What has come of this name and was not taken. */
  untaken(event) {
    return this.#came.filter((it) => it.event === event).map((it) => it.payload);
  }

  close() {
    this.socket.close();
  }

  #take(event, payload) {
    const at = this.#waiting.findIndex((it) => it.event === event && it.fits(payload));
    if (at < 0) {
      this.#came.push({ event, payload });
      return;
    }
    const [{ found, timer }] = this.#waiting.splice(at, 1);
    this.#came = this.#came.filter((it) => it.event !== event);
    clearTimeout(timer);
    found(payload);
  }

  #connected() {
    return new Promise((found, fail) => {
      this.socket.once("connect", found);
      this.socket.once("connect_error", (error) => fail(error));
    });
  }
}
