// What the browser tells of the page itself: the network, whether it is seen, left or touched.

/** Who wants to know. */
export interface Page {
  /** The network came or went, or the page is seen again: what was waited for may be there. */
  noticed(): void;
  /** The page is being left. */
  gone(): void;
  /** Somebody touched it: browsers let it sound from then on. */
  touched(): void;
}

export function onpage(page: Page): void {
  for (const change of ["online", "offline"]) addEventListener(change, () => page.noticed());
  for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, () => page.touched());
  addEventListener("pagehide", () => page.gone());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") page.noticed();
  });
}
