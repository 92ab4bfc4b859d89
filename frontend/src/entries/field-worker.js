// Keeps the shell of the field app, whole or not at all, and serves it without a network. The server names the files
// (self.WUFEI, before this script); whatever else is asked for goes to the network as it is.
const { version, files, shell } = self.WUFEI;
const CACHE = `wufei-field-${version}`;
const OURS = new Set(files);

self.addEventListener("install", (event) => {
  const kept = caches.open(CACHE).then((cache) => cache.addAll(files.map((file) => new Request(file, { cache: "reload", credentials: "omit" }))));
  event.waitUntil(kept.then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((name) => name.startsWith("wufei-field-") && name !== CACHE).map((name) => caches.delete(name))));
  event.waitUntil(old.then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin || !OURS.has(pathname)) return;
  const wanted = event.request.mode === "navigate" ? shell : pathname;
  event.respondWith(caches.open(CACHE).then((cache) => cache.match(wanted)).then((kept) => kept ?? fetch(event.request)));
});
