// Where the focus goes when what had it is gone: a page that drops it sends whoever has no mouse
// back to its top.
//
// Owns the last place of the focus. Never takes it from anything that has it.

/** Keeps the focus on the page from now on. */
export function keepFocus(): void {
  /** What had the focus last, and all that it stood in; none when it was left on purpose. */
  let path: HTMLElement[] = [];
  addEventListener("focusin", ({ target }) => {
    path = pathOf(target);
  });
  addEventListener("focusout", ({ target, relatedTarget }) => {
    if (relatedTarget) return;
    // Who presses beside it means to leave; what is taken away is gone a moment later.
    setTimeout(() => {
      const [last] = path;
      if (last === target && last && takes(last)) path = [];
    });
  });
  let waits = false;
  const look = () => {
    waits = false;
    const [last, ...around] = path;
    if (!last || document.activeElement !== document.body) return;
    // A button that rests while something is under way comes back.
    if (last.isConnected && !takes(last)) return;
    const next = [last, ...around.filter((element) => element.hasAttribute("tabindex"))];
    (next.find(takes) ?? heading())?.focus({ preventScroll: true });
  };
  const watched = { childList: true, subtree: true, attributeFilter: ["disabled"] };
  new MutationObserver(() => {
    // Not at once: on its way from one to the next, the focus is nowhere for a moment.
    if (!waits) setTimeout(look);
    waits = true;
  }).observe(document.body, watched);
}

function pathOf(target: EventTarget | null): HTMLElement[] {
  const path: HTMLElement[] = [];
  let element = target instanceof HTMLElement ? target : null;
  for (; element && element !== document.body; element = element.parentElement) path.push(element);
  return path;
}

/** Whether it can have the focus. */
function takes(element: HTMLElement): boolean {
  return element.isConnected && !element.matches(":disabled") && element.checkVisibility();
}

/** Of what is in view now. */
function heading(): HTMLElement | null {
  const found = document.querySelector<HTMLElement>("#main h1");
  if (found && !found.hasAttribute("tabindex")) found.tabIndex = -1;
  return found;
}
