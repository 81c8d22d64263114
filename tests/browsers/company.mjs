// Three people, two in Chromium and one in Firefox, each heard through the sound card by the tone
// that its microphone speaks. All media goes through a path that a test can break.
import { startChromium } from "./chromium.mjs";
import { startFirefox } from "./firefox.mjs";
import { startHearth, startPath } from "./program.mjs";
import { startSound } from "./sound.mjs";

export class Company {
  /** By name: `{ page, close, … }`. */
  people = {};
  /** By name: what comes out of the loudspeaker. */
  ears = {};

  /**
   * Starts all there is, with `settings` of the program; `enter(name, page)` takes each in.
   * `tone` is how Chromium's microphones sound (see `writeTone`).
   */
  async gather(hz, settings, enter, tone) {
    this.path = await startPath();
    this.sound = await startSound(Object.keys(hz));
    this.hearth = await startHearth({
      "sfu.public_addresses": [this.path.udp],
      "sfu.advertise_local": false,
      "limits.enabled": false,
      ...settings,
    });
    await this.path.order(`lead ${this.hearth.address}`);
    const browsers = [startChromium, startChromium, startFirefox];
    for (const [at, name] of Object.keys(hz).entries()) {
      const environment = this.sound.environment(name);
      this.people[name] = await browsers[at]({ hz: hz[name], tone, environment });
      this.ears[name] = this.sound.ear(name);
      await enter(name, this.people[name].page);
    }
  }

  /** Ends whatever has started. */
  async part() {
    for (const ear of Object.values(this.ears)) ear.stop();
    for (const person of Object.values(this.people)) await person.close().catch(() => {});
    await this.sound?.stop();
    await this.hearth?.stop();
    await this.path?.stop();
  }
}
