// Starts the page: its styles, its tabs, its engine, its language, and what it tells a page around it.
import { offerInstall, receive } from "./app.js";
import { Cards } from "./cards.js";
import { Engine, EngineError } from "../engine/engine.js";
import { LiveTab } from "./live.js";
import { Offline } from "./offline.js";
import { PhotoTab } from "./photo.js";
import { megabytes } from "./photos.js";
import { language, own, say, write } from "./texts.js";

const FOLDER = new URL("../", import.meta.url);
const LATE = 600; // milliseconds until the page says what it loads: who has it all already does not wait so long
const HARMLESS = new Set([ // after these the engine draws on
  "cancelled", "bad-photo", "no-heic", "nobody", "too-large", "false-canvas", "bad-clip", "long-clip", "no-clips", "no-codecs", "no-decoder",
]);
const $ = id => document.getElementById(id);
const asked = new URLSearchParams(location.search);

function setState(state) {
  document.body.dataset.state = state;
  window.animegan?.tell({ state });
}

/** The page's hold on the engine: starts it once, and anew after a failure that may have ended it. */
class Painter {
  constructor() {
    this.#renew();
  }

  /** @param {string} [style] whose networks are loaded at once, so that the page then needs no connection */
  start(style, onBytes) {
    this.started ??= this.#guarded(async engine => started(await engine.start({ style, onBytes })));
    return this.started;
  }

  async draw(source, options) {
    await this.start(options.style);
    return this.#guarded(engine => engine.draw(source, options));
  }

  /** A photo's file as one that the browser reads: HEIC becomes PNG. */
  async readable(blob, onBytes) {
    await this.start();
    return this.#guarded(engine => engine.readable(blob, { onBytes }));
  }

  async clip(file, options) {
    await this.start(options.style);
    return this.#guarded(engine => engine.clip(file, options));
  }

  async frame(image, options) {
    await this.start(options.style);
    return this.#guarded(engine => engine.frame(image, options));
  }

  cancel() {
    this.engine.cancel();
  }

  async #guarded(work) {
    const { engine } = this;
    try {
      return await work(engine);
    } catch (error) {
      if (engine === this.engine && !HARMLESS.has(error.code)) this.#renew();
      throw error;
    }
  }

  #renew() {
    this.engine?.close();
    this.engine = new Engine({ base: FOLDER });
    this.started = null;
  }
}

const painter = new Painter();
const photoTab = new PhotoTab(painter, setState);
const liveTab = new LiveTab(painter, snapshot => {
  photoTab.bring([new File([snapshot], `${say("live.snapshot.name")}.png`, { type: snapshot.type })]);
});
const offline = new Offline(FOLDER, () => about());
let cards, liveCards, engine, manifest;

/** Show one of the two tabs. */
function choose(name) {
  for (const each of ["photo", "live"]) {
    const chosen = each === name;
    $(`tab-${each}`).setAttribute("aria-selected", chosen);
    $(`tab-${each}`).tabIndex = chosen ? 0 : -1;
    $(`panel-${each}`).hidden = !chosen;
  }
  if (name !== "live") liveTab.stop();
}

function listen() {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  for (const tab of tabs) tab.addEventListener("click", () => choose(tab.id.slice(4)));
  $("tabs").addEventListener("keydown", event => {
    const open = tabs.filter(tab => !tab.hidden);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = open[(open.indexOf(document.activeElement) + step + open.length) % open.length];
    next.focus();
    next.click();
  });
  document.addEventListener("animegan-tab", event => choose(event.detail));
  document.addEventListener("animegan-restart", begin);
  $("language").addEventListener("change", event => {
    document.documentElement.lang = event.target.value;
    writeAll();
  });
}

/** Write every text in the page's language. */
function writeAll() {
  write();
  document.title = `animegan: ${$("page").querySelector("h1").textContent}`;
  $("language").value = language();
  for (const each of [cards, liveCards, photoTab, liveTab, offline]) each?.write();
  about();
}

/** The last line: who draws, and under which terms. */
function about() {
  const parts = [];
  if (engine) {
    const cores = engine.threads > 1 ? say("about.threads", engine.threads) : say("about.thread");
    parts.push(document.createTextNode(`${say("about", say(`about.${engine.engine}`), cores)} `));
  }
  if (offline.isKept) parts.push(document.createTextNode(`${say("about.offline")} `));
  if (manifest?.licences) parts.push(Object.assign(document.createElement("a"), { href: manifest.licences, target: "_blank", rel: "noopener", textContent: say("licences") }));
  $("about").replaceChildren(...parts);
}

/** Load what faces and large photos need as well, so that the connection may go; then have it kept for later visits. */
async function finishLoading() {
  try {
    const style = cards.chosen;
    await painter.engine.prefetch?.({ style: style.id });
    document.body.dataset.offline = "ready";
    await offline.begin(manifest, engine, style);
  } catch { /* it is loaded when a drawing needs it */ }
}

/** Load the rest when there is time for it; in another page's frame only for a reader who touches it. */
function loadRest() {
  if (navigator.connection?.saveData) return;
  const soon = () => (window.requestIdleCallback ?? setTimeout)(finishLoading);
  if (window.parent === window) soon();
  else for (const kind of ["pointerdown", "keydown", "dragenter"]) addEventListener(kind, soon, { once: true });
}

async function fetchManifest() {
  const answer = await fetch(new URL("manifest.json", FOLDER), { cache: "no-cache" });
  if (!answer.ok) throw new EngineError("no-answer", `manifest.json: ${answer.status}`);
  return answer.json();
}

function prepare() {
  const onChoose = other => style => {
    other()?.choose(style.id);
    photoTab.choose(style);
  };
  cards = new Cards($("styles").querySelector(".cards"), $("terms"), manifest.styles, onChoose(() => liveCards));
  const live = manifest.styles.filter(style => style.live_network);
  $("tab-live").hidden = !live.length;
  if (live.length) liveCards = new Cards($("live-styles").querySelector(".cards"), $("live-terms"), live, style => liveTab.choose(style));
  const wanted = asked.get("style");
  if (wanted && cards.choose(wanted)) liveCards?.choose(wanted);
  photoTab.begin(manifest, cards);
  liveTab.begin(liveCards);
  if (asked.get("tab") === "live" && live.length) choose("live");
}

/** The engine is ready. */
function started(info) {
  engine = info;
  about();
  loadRest();
}

function sayLoading() {
  if (photoTab.isTaken) return;
  photoTab.loading(null);
  if (manifest.first_visit) photoTab.board.say("status.loading", megabytes(manifest.first_visit));
}

async function begin() {
  setState("loading");
  photoTab.board.say("status.loading.unknown");
  try {
    if (!manifest) {
      manifest = await fetchManifest();
      prepare();
    }
  } catch {
    return photoTab.fail("no-manifest");
  }
  photoTab.example(manifest.examples);
  await offline.register();
  receive(files => photoTab.bring(files));
  const late = setTimeout(sayLoading, LATE);
  try {
    await painter.start(cards.chosen.id, bytes => photoTab.loading(bytes));
  } catch (error) {
    if (!error.code) console.error(error);
    return photoTab.fail(error.code ?? "unknown");
  } finally {
    clearTimeout(late);
  }
  photoTab.loaded();
}

listen();
offerInstall();
writeAll();
if (!window.animegan?.blocked) begin();
