// Somebody who speaks the native protocol, and whatever has come to them.
import WebSocket from "ws";

export class Native {
  #came = [];
  #waiting = [];
  #last = 0;

  /** Comes in to `hearth` by `name` and walks into `room`, if there is one. */
  static async in(hearth, room, name) {
    const native = new Native();
    native.socket = new WebSocket(`ws://${hearth.address}/ws`, { origin: hearth.url });
    native.socket.on("message", (text) => native.#take(JSON.parse(text)));
    await new Promise((open) => native.socket.once("open", open));
    const { identity } = await native.ask({ type: "hello", protocol: 1, name });
    native.identity = identity;
    if (room) await native.ask({ type: "room:join", room });
    return native;
  }

  ask(request) {
    this.#last += 1;
    const id = this.#last;
    this.socket.send(JSON.stringify({ id, ...request }));
    return this.heard((it) => it.id === id);
  }

  /** The first message that fits; it stays among those that came. */
  heard(fits) {
    const found = this.#came.find(fits);
    if (found) return Promise.resolve(found);
    return new Promise((come, fail) => {
      const late = () =>
        fail(new Error(`none fits: ${this.#came.map((it) => JSON.stringify(it)).join("\n")}`));
      this.#waiting.push({ fits, come, timer: setTimeout(late, 15_000) });
    });
  }

  #take(message) {
    this.#came.push(message);
    for (const it of this.#waiting.filter(({ fits }) => fits(message))) {
      clearTimeout(it.timer);
      this.#waiting.splice(this.#waiting.indexOf(it), 1);
      it.come(message);
    }
  }
}
