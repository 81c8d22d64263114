// A caller of the tests' own, in a page without the app: RTCPeerConnection and WebSocket, straight
// from PROTOCOL.md. What it hears it plays, so that the sound card hears it too.

/** Makes `window.caller` in `page`, which must show a document of the server. */
export async function becomeCaller(page) {
  await page.evaluate(defineCaller);
}

/** Runs in the page. */
function defineCaller() {
  class Caller {
    #socket;
    #lastId = 0;
    #waiting = new Map();
    #audio = [];
    #through;
    events = [];

    async hello(name, avatar) {
      this.#socket = new WebSocket(`${location.origin.replace("http", "ws")}/ws`);
      this.#socket.onmessage = ({ data }) => this.#take(JSON.parse(data));
      await new Promise((open, fail) => {
        this.#socket.onopen = open;
        this.#socket.onerror = () => fail(new Error("no WebSocket"));
      });
      this.welcome = await this.ask({ type: "hello", protocol: 1, name, avatar });
      setInterval(() => this.ask({ type: "ping" }), this.welcome.heartbeat_ms);
    }

    #take(message) {
      const waiting = this.#waiting.get(message.id);
      if (message.type === "room:delta") {
        const { present = [], left = [] } = message;
        this.events.push(...present.map((participant) => ({ type: "came", participant })));
        this.events.push(...left.map((gone) => ({ type: "left", ...gone })));
        return;
      }
      if (!waiting) return void this.events.push(message);
      this.#waiting.delete(message.id);
      if (message.type === "error") waiting.fail(new Error(`${message.code}: ${message.message}`));
      else waiting.done(message.result ?? message);
    }

    ask(message) {
      const id = ++this.#lastId;
      return new Promise((done, fail) => {
        this.#waiting.set(id, { done, fail });
        this.#socket.send(JSON.stringify({ id, ...message }));
      });
    }

    /** Ends the session, as somebody who leaves the page. */
    async goodbye() {
      const closed = new Promise((done) => {
        this.#socket.onclose = done;
      });
      this.#socket.close(1000);
      await closed;
    }

    /**
     * With `forged`, the offer names the fingerprint of another certificate. `through` is the only
     * address that the media goes to, as in "192.0.2.1:5000".
     */
    async talk(room, { microphone = true, forged = false, through } = {}) {
      this.snapshot = (await this.ask({ type: "room:join", room })).snapshot;
      const pc = new RTCPeerConnection({ iceServers: this.welcome.ice.servers });
      this.pc = pc;
      pc.ontrack = ({ track }) => this.#play(track);
      if (microphone) {
        const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
        const [track] = (await navigator.mediaDevices.getUserMedia({ audio })).getAudioTracks();
        pc.addTransceiver(track, { direction: "sendonly" });
      }
      for (let slot = 0; slot < this.welcome.slots; slot++) {
        pc.addTransceiver("audio", { direction: "recvonly" });
      }
      await pc.setLocalDescription();
      let offer = pc.localDescription.sdp;
      if (forged)
        offer = offer.replace(/(a=fingerprint:sha-256) [0-9A-F]{2}:[0-9A-F]{2}/g, "$1 00:00");
      this.#through = through;
      const { answer } = await this.ask({ type: "voice:join", offer });
      await pc.setRemoteDescription({ type: "answer", sdp: this.#led(answer) });
      if (!forged) await this.connected();
    }

    /** Resolves with the first event that has all of `wanted`, also one of the past. */
    happened(wanted, seconds = 15) {
      const fits = (event) => Object.entries(wanted).every(([key, value]) => event[key] === value);
      return new Promise((done, fail) => {
        const look = () => {
          const event = this.events.find(fits);
          if (!event) return;
          clearInterval(looking);
          clearTimeout(giving);
          done(event);
        };
        const looking = setInterval(look, 20);
        const giving = setTimeout(() => {
          clearInterval(looking);
          fail(new Error(`${JSON.stringify(wanted)} did not happen`));
        }, seconds * 1000);
      });
    }

    connected() {
      return new Promise((done, fail) => {
        const look = () => {
          if (this.pc.connectionState === "connected") done();
          if (this.pc.connectionState === "failed") fail(new Error("the connection failed"));
        };
        this.pc.addEventListener("connectionstatechange", look);
        look();
      });
    }

    async restartIce() {
      this.pc.restartIce();
      await this.pc.setLocalDescription(await this.pc.createOffer({ iceRestart: true }));
      const { answer } = await this.ask({
        type: "voice:restart",
        offer: this.pc.localDescription.sdp,
      });
      await this.pc.setRemoteDescription({ type: "answer", sdp: this.#led(answer) });
    }

    /** The answer with the one address that the media is to go to, if there is one. */
    #led(answer) {
      if (!this.#through) return answer;
      const [ip, port] = this.#through.split(":");
      const lines = answer.split("\r\n");
      return lines
        .map((line) => line.replace(/^(a=candidate:\S+ 1 udp \d+) \S+ \d+/i, `$1 ${ip} ${port}`))
        .join("\r\n");
    }

    #play(track) {
      const audio = new Audio();
      audio.srcObject = new MediaStream([track]);
      audio.play();
      this.#audio.push(audio);
    }

    /** The newest talker in each slot that had a packet within the last second. */
    talkers() {
      // One browser counts from 1970, the other from when the page was opened.
      const age = (stamp) =>
        (stamp > performance.timeOrigin ? Date.now() : performance.now()) - stamp;
      return this.pc
        .getReceivers()
        .flatMap((receiver) => receiver.getContributingSources().slice())
        .filter(({ timestamp }) => age(timestamp) < 1000)
        .map(({ source }) => source);
    }

    /** What the two ends agreed on. */
    async transport() {
      const all = [...(await this.pc.getStats()).values()];
      const transport = all.find(({ type }) => type === "transport") ?? {};
      const inbound = all.filter(({ type, kind }) => type === "inbound-rtp" && kind === "audio");
      const sum = (key) => inbound.reduce((total, one) => total + (one[key] ?? 0), 0);
      return {
        dtls: transport.tlsVersion,
        dtlsCipher: transport.dtlsCipher,
        srtp: transport.srtpCipher,
        packetsReceived: sum("packetsReceived"),
        packetsLost: sum("packetsLost"),
        concealedSamples: sum("concealedSamples"),
      };
    }
  }
  window.caller = new Caller();
}
