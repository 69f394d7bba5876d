// Keeps the page's files, so that it works without a connection after the first visit. Nothing outside its own folder.
const NAME = "animegan:"; // of the caches of this kind; each folder of a host has its own
const CACHE = NAME + new URL("./", self.location).pathname;
const PAGE = ["./", "index.html", "page.css", "guard.js", "page.js", "photo.js", "photos.js", "live.js", "slider.js", "cards.js", "texts.js", "engine.js", "manifest.json"];
const LASTING = /\.(onnx|wasm|gz|bin|mjs)$/; // large, and checked by their hash: the manifest's version says when they change
const ISOLATION = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Resource-Policy": "cross-origin" };

addEventListener("install", event => {
  skipWaiting();
  event.waitUntil(keep(PAGE.map(file => new URL(file, self.location).href)));
});

addEventListener("activate", event => event.waitUntil(clients.claim()));

addEventListener("fetch", event => {
  const { request } = event;
  const address = new URL(request.url);
  const folder = new URL("./", self.location);
  if (request.method !== "GET" || address.origin !== folder.origin || !address.pathname.startsWith(folder.pathname)) return;
  event.respondWith(answer(request, address));
});

// A page asks to keep the files that it has used: {keep: [addresses]}; the answer says whether all are here.
addEventListener("message", event => {
  const [port] = event.ports;
  const files = event.data?.keep;
  if (!Array.isArray(files)) return;
  event.waitUntil(keep(files).then(() => port?.postMessage(true), () => port?.postMessage(false)));
});

/** Fetch and keep those files that are not here yet. */
async function keep(files) {
  const cache = await caches.open(CACHE);
  await Promise.all(files.map(async file => {
    if (!(await cache.match(file, { ignoreSearch: true }))) await cache.add(file);
  }));
}

/** Large files from the cache; everything else from the network, and from the cache where there is none. */
async function answer(request, address) {
  const cache = await caches.open(CACHE);
  const lasting = LASTING.test(address.pathname);
  if (lasting && request.cache !== "reload") {
    const kept = await cache.match(request, { ignoreSearch: true });
    if (kept) return isolated(kept);
  }
  try {
    const fresh = await fetch(request);
    if (fresh.status === 200) await store(cache, address, fresh.clone());
    return isolated(fresh);
  } catch (error) {
    const kept = await cache.match(request, { ignoreSearch: true });
    if (kept) return isolated(kept);
    throw error;
  }
}

/** Keep an answer. A manifest of another version means that the large files changed too: they go. */
async function store(cache, address, fresh) {
  address = new URL(address);
  address.search = address.hash = "";
  if (address.pathname.endsWith("/manifest.json")) {
    const [before, now] = await Promise.all([versionOf(await cache.match(address)), versionOf(fresh.clone())]);
    if (before !== now) {
      for (const request of await cache.keys()) if (LASTING.test(new URL(request.url).pathname)) await cache.delete(request);
    }
  }
  await cache.put(address, fresh);
}

async function versionOf(manifest) {
  try {
    return (await manifest.json()).version;
  } catch {
    return null;
  }
}

/** The answer with the headers that let a page use all cores; a host of static files seldom sends them. */
function isolated(response) {
  if (response.type === "opaque" || response.type === "error" || response.redirected || response.status === 304) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(ISOLATION)) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
