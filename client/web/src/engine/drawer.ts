// Where messages under way outlive the page: a table of the browser's own database.
//
// Owns the database. Every failure is a rejection: private windows and full disks have none.

import type { MessageId } from "../protocol";
import type { Drawer, Outgoing } from "./outbox";

const NAME = "hearth";
const TABLE = "outbox";

function opened(): Promise<IDBDatabase> {
  return new Promise((done, fail) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE, { keyPath: "message" });
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
    request.onblocked = () => fail(new Error("another page holds the database"));
  });
}

export class BrowserDrawer implements Drawer {
  #database: Promise<IDBDatabase> | undefined;

  async all(): Promise<unknown[]> {
    return this.#ask("readonly", (table) => table.getAll());
  }

  async put(message: Outgoing): Promise<void> {
    await this.#ask("readwrite", (table) => table.put(message));
  }

  async remove(message: MessageId): Promise<void> {
    await this.#ask("readwrite", (table) => table.delete(message));
  }

  async #ask<Result>(
    mode: IDBTransactionMode,
    what: (table: IDBObjectStore) => IDBRequest<Result>,
  ): Promise<Result> {
    this.#database ??= opened();
    const database = await this.#database;
    return new Promise((done, fail) => {
      const request = what(database.transaction(TABLE, mode).objectStore(TABLE));
      request.onsuccess = () => done(request.result);
      request.onerror = () => fail(request.error);
    });
  }
}
