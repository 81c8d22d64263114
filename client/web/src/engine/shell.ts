// The page as something installed: kept for a day without a network, and renewed when the server
// has another version.
//
// Owns the service worker's registration and whether a new version waits. Never loads it by itself:
// somebody may be talking.

import { createStore } from "zustand/vanilla";

export interface ShellState {
  /** Another version is there and waits to be loaded. */
  renewed: boolean;
  /** Something was written to oneself while the page was out of view, and nobody was told. */
  missed: boolean;
}

export const shell = createStore<ShellState>()(() => ({ renewed: false, missed: false }));

export class Shell {
  /** Told where a notice leads that was pressed. */
  onopen: (place: string) => void = () => {};
  #registration: ServiceWorkerRegistration | undefined;
  #loading = false;

  /** Registers the worker, where the browser has any. */
  async start(): Promise<void> {
    const { serviceWorker } = navigator;
    // Absent without encryption; the page works all the same.
    if (!serviceWorker || import.meta.env.DEV) return;
    serviceWorker.addEventListener("controllerchange", () => {
      if (this.#loading) location.reload();
    });
    serviceWorker.addEventListener("message", ({ data }) => {
      // A notice was pressed while the page was open.
      if (typeof data?.open === "string") this.onopen(data.open);
    });
    try {
      const registration = await serviceWorker.register("/worker.js", { updateViaCache: "none" });
      this.#registration = registration;
      registration.addEventListener("updatefound", () => this.#watch(registration.installing));
      this.#watch(registration.waiting);
    } catch {
      // A browser that forbids it (a private window of Firefox) keeps nothing.
    }
  }

  /** Looks for another version, as after the server was away. */
  look(): void {
    void this.#registration?.update().catch(() => {});
  }

  /** Loads the version that waits. */
  renew(): void {
    this.#loading = true;
    this.#registration?.waiting?.postMessage("renew");
  }

  /** Shows something outside the page. `false`: that cannot be done here. */
  async notice(title: string, options: NotificationOptions & { data: string }): Promise<boolean> {
    try {
      if (this.#registration) await this.#registration.showNotification(title, options);
      else new Notification(title, options);
      return true;
    } catch {
      return false;
    }
  }

  #watch(worker: ServiceWorker | null): void {
    if (!worker) return;
    const look = () => {
      // The first version of all has nothing to take the place of.
      const renewed = worker.state === "installed" && navigator.serviceWorker.controller !== null;
      if (renewed) shell.setState({ renewed });
    };
    worker.addEventListener("statechange", look);
    look();
  }
}
