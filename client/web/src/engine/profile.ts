// How one is shown: name, coat and what one says of oneself, changed while inside.

import type { Person, SetProfile } from "../protocol";
import type { Ask } from "./ask";
import { session, settings, type Trouble } from "./stores";
import { why } from "./trouble";

/** As one is shown now; with a change, from now on. Resolves with why not, if not. */
export async function profile(ask: Ask, change: SetProfile = {}): Promise<Person | Trouble> {
  try {
    const ack = await ask({ type: "profile:set", ...change });
    if (ack.of !== "profile:set") return "other";
    const { name, avatar } = ack.person;
    session.setState({ name, avatar });
    settings.setState({ name, avatar });
    return ack.person;
  } catch (thrown) {
    return why(thrown);
  }
}
