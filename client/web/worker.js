// The service worker: keeps the page for when there is no network, and opens it when a notice is
// pressed. The build puts the page's files in place of FILES and their hash in place of VERSION: see
// keep.mjs. Nothing of the server's own (/api, /ws) passes here.

const NAME = "hearth-VERSION";
const KEPT = FILES;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(["/", ...KEPT])));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => names.filter((name) => name.startsWith("hearth-") && name !== NAME))
      .then((old) => Promise.all(old.map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("message", ({ data }) => {
  if (data === "renew") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && pathname === "/") {
    event.respondWith(fetch(request).catch(() => caches.match("/", { cacheName: NAME })));
  } else if (KEPT.includes(pathname)) {
    event.respondWith(
      caches.match(pathname, { cacheName: NAME }).then((kept) => kept ?? fetch(request)),
    );
  }
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  // Where it was written: "room:general" or "person:…".
  const open = event.notification.data;
  const room = /^room:(.*)$/.exec(open)?.[1];
  event.waitUntil(
    self.clients.matchAll({ type: "window", includeUncontrolled: true }).then(([page]) => {
      if (!page) return self.clients.openWindow(room ? `/#/r/${encodeURIComponent(room)}` : "/");
      page.postMessage({ open });
      return page.focus();
    }),
  );
});
