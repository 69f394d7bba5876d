// Keeps the page's files, so that it works without a connection after the first visit. Nothing outside its own folder.
const FOLDER = new URL("./", self.location);
const CACHE = `animegan:${FOLDER.pathname}`;
const PAGE = /^((page|engine|app)\/)?[^/]+\.(html|css|js|png|webmanifest)$/; // the files of the page itself, among those that the manifest lists
const LASTING = /\.(onnx|wasm|gz|bin|mjs)$/; // large; each change gives them another address (?v=) in the manifest
const SLOW = 5000; // milliseconds after which a file that is kept is taken instead of the network's
const SHARE = new URL("share", FOLDER).href; // where the system sends photos that people share with the installed page
const WAITING = 60_000; // milliseconds for which such photos wait for the page to open
const BODYLESS = [101, 204, 205, 304];
const ISOLATION = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Resource-Policy": "cross-origin" };

let shared = []; // files; they are never stored
let onTaken = () => {};

addEventListener("install", event => {
  skipWaiting();
  event.waitUntil(install());
});

addEventListener("activate", event => event.waitUntil(clients.claim()));

addEventListener("fetch", event => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method === "POST" && address.href === SHARE) return event.respondWith(share(event));
  const ours = address.origin === FOLDER.origin && address.pathname.startsWith(FOLDER.pathname);
  if (request.method === "GET" && ours && !request.headers.has("range")) event.respondWith(answer(request, address));
});

// A page asks: {keep: [addresses]} to keep files that it needs, answered by numbers from 0 to 1 and at last by whether all
// are here; {missing: [addresses]} for those that are not here; {take: true} for the photos that were shared.
addEventListener("message", event => {
  const [port] = event.ports;
  const { keep: wanted, missing: asked, take } = event.data ?? {};
  const tell = answer => port?.postMessage(answer);
  if (wanted) event.waitUntil(keep(wanted, tell).then(() => tell(true), () => tell(false)));
  if (asked) event.waitUntil(missing(asked).then(tell));
  if (take) {
    tell(shared.splice(0));
    onTaken();
  }
});

/** Hold the photos that were shared until the page, which opens now, takes them. */
async function share(event) {
  const form = await event.request.formData();
  shared = form.getAll("photo").filter(file => file instanceof File && file.size);
  event.waitUntil(Promise.race([
    new Promise(done => { onTaken = done; }),
    new Promise(done => setTimeout(done, WAITING)),
  ]));
  return Response.redirect(new URL("./?shared", FOLDER), 303);
}

/** Fetch and keep the page itself, anew. */
async function install() {
  const cache = await caches.open(CACHE);
  const manifest = await fetch(new URL("manifest.json", FOLDER));
  const { files } = await manifest.clone().json();
  await cache.put(new URL("manifest.json", FOLDER), manifest);
  await cache.addAll(["./", ...Object.keys(files).filter(file => PAGE.test(file))].map(file => new URL(file, FOLDER)));
}

/** Fetch and keep those files that are not here yet; `onPart` hears how many of them are. */
async function keep(files, onPart) {
  const cache = await caches.open(CACHE);
  let done = 0;
  await Promise.all(files.map(async file => {
    if (!(await cache.match(file))) await cache.add(file);
    onPart(++done / files.length);
  }));
}

/** Those files that are not here. */
async function missing(files) {
  const cache = await caches.open(CACHE);
  const found = await Promise.all(files.map(file => cache.match(file)));
  return files.filter((_, n) => !found[n]);
}

/** Large files from the cache; everything else from the network, and from the cache where that is silent. */
async function answer(request, address) {
  const cache = await caches.open(CACHE);
  const lasting = LASTING.test(address.pathname);
  if (lasting && request.cache !== "reload") {
    const kept = await cache.match(request);
    if (kept) return isolated(kept);
  }
  const kept = await cache.match(request, { ignoreSearch: true });
  try {
    const fresh = await fetch(request, kept && !lasting ? { signal: AbortSignal.timeout(SLOW) } : {});
    if (fresh.status === 200) await store(cache, address, fresh.clone(), lasting);
    return isolated(fresh);
  } catch (error) {
    if (kept) return isolated(kept);
    throw error;
  }
}

/** Keep an answer: a large file under its whole address, others under their path. */
async function store(cache, address, fresh, lasting) {
  const place = new URL(address);
  place.hash = "";
  if (!lasting) place.search = "";
  if (place.href === new URL("manifest.json", FOLDER).href) await tidy(cache, await fresh.clone().text());
  await cache.put(place, fresh).catch(() => {}); // the disk may be full: the page works all the same
}

/** Drop the large files that this manifest does not name any more: their ?v= is the beginning of a hash in it. */
async function tidy(cache, manifest) {
  for (const request of await cache.keys()) {
    const { pathname, searchParams } = new URL(request.url);
    if (LASTING.test(pathname) && searchParams.has("v") && !manifest.includes(searchParams.get("v"))) await cache.delete(request);
  }
}

/** The answer with the headers that let a page use all cores; hosts of static files seldom send them. */
function isolated(response) {
  if (!["basic", "default"].includes(response.type) || BODYLESS.includes(response.status)) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(ISOLATION)) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
