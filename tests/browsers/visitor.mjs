// A person at the page: finds things by role and accessible name, as a screen reader does, in
// Chromium (Playwright) and Firefox (Puppeteer) alike.
import { mkdirSync } from "node:fs";
import { join } from "node:path";

const ARTIFACTS = join(import.meta.dirname, "../artifacts");
const SECONDS = 20;
/** Farther by keyboard is nobody's way. */
const MOST_PRESSES = 80;

export class Visitor {
  constructor(name, page) {
    this.name = name;
    this.page = page;
  }

  /** Opens the page, joins with the microphone and walks into a room by its name. */
  async walkIn(url, room) {
    await this.page.goto(url);
    await this.fill("Your name", this.name);
    await this.press("button", "Join with microphone");
    await this.press("link", room);
    await this.sees("button", "Mute");
  }

  async press(role, name) {
    const thing = await this.sees(role, name);
    try {
      await thing.click();
    } catch (thrown) {
      // Drawn anew between the look and the press: a person would press what is there now.
      if (!/not attached|not connected|detached/i.test(String(thrown))) throw thrown;
      await (await this.sees(role, name)).click();
    }
  }

  /** Goes to a thing by keyboard alone: by Tab, or back by Shift and Tab, until it has the focus. */
  async reaches(role, name) {
    const passed = [];
    while (passed.length < MOST_PRESSES) {
      const thing = await this.sees(role, name);
      const { there, back } = await thing.evaluate((thing) => {
        const at = document.activeElement ?? document.body;
        const where = at.compareDocumentPosition(thing);
        return { there: at === thing, back: (where & Node.DOCUMENT_POSITION_PRECEDING) > 0 };
      });
      if (there) return;
      if (back) await this.page.keyboard.down("Shift");
      await this.page.keyboard.press("Tab");
      if (back) await this.page.keyboard.up("Shift");
      passed.push(await this.page.evaluate(() => document.activeElement?.outerHTML.slice(0, 60)));
    }
    await this.picture(`unreached-${role}-${name.replace(/\W+/g, "-")}`);
    throw new Error(`${this.name} does not reach the ${role} "${name}":\n${passed.join("\n")}`);
  }

  /** Waits until something has the focus, which whoever has no mouse needs at every moment. */
  async stands() {
    const where = () =>
      this.page.evaluate(() => {
        const { activeElement: at, body } = document;
        return at === body || !at ? "nowhere" : at.tagName;
      });
    await this.becomes(where, /^(?!nowhere)/);
  }

  /** Moves a slider by a key: "Home", "End", "ArrowLeft". */
  async slide(name, key) {
    const slider = await this.sees("slider", name);
    await slider.focus();
    await this.page.keyboard.press(key);
  }

  /** Chooses one of a list by its value. */
  async choose(name, value) {
    const list = await this.sees("combobox", name);
    await list.evaluate((list, value) => {
      list.value = value;
      list.dispatchEvent(new Event("change", { bubbles: true }));
    }, value);
  }

  /** Waits until what `look` resolves with fits. */
  async becomes(look, wanted, seconds = SECONDS) {
    for (const deadline = Date.now() + seconds * 1000; ; ) {
      const found = String(await look());
      if (wanted.test(found)) return;
      if (Date.now() > deadline) throw new Error(`${found} does not become ${wanted}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  async fill(name, text) {
    const box = await this.sees("textbox", name);
    await box.evaluate((box) => box.select());
    await box.type(text);
  }

  /** Types into the field that has the focus, once one has: the page gives it after it has drawn. */
  async types(text) {
    const ready = () =>
      this.page.evaluate(() => document.activeElement?.matches("input, textarea") ?? false);
    await this.becomes(ready, /^true/);
    await this.page.keyboard.type(text);
  }

  /** Finds an emoji by a word in the open picker and takes it: what Enter takes follows the typing. */
  async picks(emoji, word) {
    await this.sees("gridcell", "Grinning face");
    await this.types(word);
    const first = async () =>
      (await this.sees("gridcell", "")).evaluate(({ textContent }) => textContent);
    await this.becomes(first, new RegExp(`^${emoji}`, "u"));
    await this.page.keyboard.press("Enter");
  }

  /** Waits for words, wherever they stand. */
  async reads(text, seconds = SECONDS) {
    return this.sees("anything", text, seconds);
  }

  /** Waits for a thing whose accessible name begins with `name`; the thing. */
  async sees(role, name, seconds = SECONDS) {
    return this.#await(role, name, (thing) => thing !== null, `does not see`, seconds);
  }

  /** Waits until there is no such thing. */
  async seesNo(role, name, seconds = SECONDS) {
    return this.#await(role, name, (thing) => thing === null, `still sees`, seconds);
  }

  async #await(role, name, enough, complaint, seconds) {
    for (const deadline = Date.now() + seconds * 1000; ; ) {
      const thing = (await this.page.evaluateHandle(find, { role, name })).asElement();
      if (enough(thing)) return thing;
      if (Date.now() > deadline) {
        await this.picture(`failure-${role}-${name.replace(/\W+/g, "-")}`);
        throw new Error(`${this.name} ${complaint} the ${role} "${name}"`);
      }
      // The page tells nobody outside when it has drawn.
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  /** Keeps what the page looks like, in tests/artifacts/. */
  async picture(what) {
    mkdirSync(ARTIFACTS, { recursive: true });
    await this.page.screenshot({ path: join(ARTIFACTS, `${this.name}-${what}.png`) });
  }
}

/** Runs in the page. */
function find({ role, name }) {
  const tags = {
    alert: "[role=alert]",
    article: "article",
    anything: "p, li, span, small, b, h1, h2, h3",
    button: "button, [role=button]",
    combobox: "select, [role=combobox]",
    gridcell: "[role=gridcell]",
    heading: "h1, h2, h3, [role=heading]",
    link: "a[href], [role=link]",
    log: "[role=log]",
    separator: "[role=separator]",
    slider: "input[type=range], [role=slider]",
    status: "[role=status], output",
    option: "[role=option]",
    radio: "input[type=radio], [role=radio]",
    switch: "[role=switch]",
    textbox:
      "input:not([type]), input[type=text], input[type=password], input[type=search], textarea",
  };
  const text = (element) => element?.textContent?.trim().replace(/\s+/g, " ") ?? "";
  const labelled = (element) =>
    (element.getAttribute("aria-labelledby") ?? "")
      .split(/\s+/)
      .map((id) => text(document.getElementById(id)))
      .join(" ")
      .trim();
  const named = (element) =>
    labelled(element) ||
    element.getAttribute("aria-label") ||
    text(element.labels?.[0]) ||
    text(element);
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });
  const found = [...document.querySelectorAll(tags[role])].filter(shown);
  return found.find((element) => named(element).startsWith(name)) ?? null;
}
