// The strip of this visit's drawings, and of several photos that are drawn in turn. It lives in this page's memory
// alone: the first of the photos goes the way of every photo, the others are drawn by /draw, which keeps nothing.
// Filled in by tabs/strip.py: language, then key, then text; the names of the settings; the suffixes of the kinds.
const words = "@words@";
const NAMES = "@names@";
const FORMATS = { jpg: "jpeg", webp: "webp" }; // of the other kinds of download, /draw writes PNG
const HIGH = 128; // pixels of a small picture
const QUIET = 15000; // milliseconds without work after which a photo is no longer taken to be drawn
const say = (key, ...values) => (words[document.documentElement.lang] ?? words.en)[key].replace(/{}/g, () => values.shift());
const find = selector => document.querySelector(selector);
const make = (tag, className, more) => Object.assign(document.createElement(tag), { className, ...more });
const isBusy = () => document.documentElement.classList.contains("drawing");

class Strip {
  #entries = []; // {file, name, state: "waits" | "draws" | "done" | "failed", button, and of a drawing the rest}
  #head = { count: make("span", "count"), stop: make("button", "quiet", { type: "button" }), all: make("button", "quiet all", { type: "button" }) };
  #list = make("ul");
  #front = null; // the entry that the page itself draws
  #opening = null;
  #opened = ""; // the path of a photo that comes back with its crop and its faces
  #seconds = 4; // what the last drawing took
  #asked = null; // waits for the settings
  #leaving = null; // ends the call that is under way
  #isRunning = false;

  constructor(box) {
    this.box = box;
    const head = make("p", "strip-head");
    this.#head.count.setAttribute("role", "status");
    head.append(this.#head.count, this.#head.stop, this.#head.all);
    box.append(head, this.#list);
    this.#head.stop.addEventListener("click", () => this.stop());
    this.#head.all.addEventListener("click", () => this.#saveAll());
    document.addEventListener("click", event => { if (event.target.closest?.("#stop")) this.stop(); });
    addEventListener("languagechange", () => this.#write());
    new MutationObserver(() => this.#write()).observe(document.documentElement, { attributeFilter: ["lang"] });
    this.#write();
  }

  /** Draw several photos in turn, the first of them before the visitor's eyes. */
  async several(files) {
    const added = files.map(file => this.#add({ file, name: file.name, state: "waits" }));
    document.documentElement.classList.add("several");
    for (const entry of added) await this.#picture(entry, entry.file);
    if (this.#isRunning) return;
    this.#isRunning = true;
    await this.#before(added[0]);
    for (let next; this.#isRunning && (next = this.#entries.find(each => each.state === "waits"));) await this.#draw(next);
    this.#isRunning = false;
    this.#write();
  }

  stop() {
    this.#isRunning = false;
    this.#leaving?.abort();
    this.#write();
  }

  /** Keep what the page has drawn: its photo, the pair in the slider, the download, and the settings. */
  async keep(photo, pair, file, ...settings) {
    if (!photo?.url || !file?.url || !pair?.after) return;
    const same = this.#entries.find(each => each.shown === pair.after.url);
    if (same) { // as another kind of file
      Object.assign(same, { address: file.url, saved: nameOf(file), drawing: null });
      return this.#write();
    }
    if (find("#done .failed")) return;
    const style = settings[NAMES.indexOf("style")];
    const [picture, original, before] = await Promise.all([pair.after.url, photo.url, pair.before.url].map(fetched));
    const front = this.#front && !this.#front.shown && this.#front.name === nameOf(photo) ? this.#front : null;
    const entry = front ?? this.#entries.find(each => each.path === photo.path && each.style === style) ?? this.#add({ file: original, name: nameOf(photo) });
    for (const old of [entry.before, entry.after]) if (old) URL.revokeObjectURL(old);
    Object.assign(entry, {
      path: photo.path, style, settings, shown: pair.after.url, address: file.url, saved: nameOf(file), drawing: null, state: "done",
      before: URL.createObjectURL(before), after: URL.createObjectURL(picture),
    });
    await this.#picture(entry, picture);
    this.#mark(entry);
  }

  /** The photo and the settings of the entry that was clicked; `now` are those of the page. */
  async bring(now) {
    const entry = this.#opening;
    const { path, url } = await upload(entry.file instanceof File ? entry.file : new File([entry.file], entry.name, { type: entry.file.type }));
    entry.path = this.#opened = path;
    const meta = { _type: "gradio.FileData" };
    return [{ path, url, orig_name: entry.name, size: entry.file.size, mime_type: entry.file.type, meta }, ...(entry.settings ?? now)];
  }

  /** What the crop and the chosen faces are for a photo: those of before, or none for one that comes anew. */
  begin(photo, crop, faces) {
    const isBack = photo?.path === this.#opened;
    this.#opened = "";
    return [photo, isBack ? crop : "none", isBack ? faces : ""];
  }

  tell(values) {
    this.#asked?.(values);
  }

  #add(entry) {
    entry.button = make("button", "", { type: "button" });
    entry.button.addEventListener("click", () => this.#open(entry));
    const item = make("li");
    item.append(entry.button);
    this.#list.append(item);
    this.#entries.push(entry);
    return entry;
  }

  /** Show an entry, and bring its photo and its settings back, so that all can be done with it. */
  #open(entry) {
    if (entry.after) window.animegan.look(entry.before, entry.after);
    else if (entry.state !== "draws") {
      this.#front = entry;
      entry.state = "draws";
      this.#watch(entry);
    } else return;
    this.#mark(entry);
    this.#opening = entry;
    trigger("select");
  }

  /** Let the page draw an entry, and wait until it has. */
  async #before(entry) {
    this.#front = entry;
    entry.state = "draws";
    this.#mark(entry);
    window.animegan.take([entry.file]);
    await this.#watch(entry);
  }

  async #watch(entry) {
    const began = Date.now();
    for (let last = Date.now(); entry.state === "draws" && Date.now() - last < QUIET;) {
      await new Promise(done => setTimeout(done, 200));
      if (isBusy()) last = Date.now();
      const failed = find("#done .failed");
      if (failed && !isBusy() && this.#front === entry && Date.now() - began > 400 && entry.state === "draws") this.#fail(entry, failed.textContent);
    }
    if (entry.state === "draws") entry.state = "waits"; // the visitor went on to something else
    else this.#seconds = (Date.now() - began) / 1000;
    this.#write();
  }

  /** Draw an entry with the page's settings of now, or those it had. */
  async #draw(entry) {
    const began = Date.now();
    entry.state = "draws";
    this.#write();
    const [kind, ...settings] = entry.settings ? ["png", ...entry.settings] : await this.#settings();
    const format = FORMATS[kind] ?? "png", style = settings[NAMES.indexOf("style")];
    const form = new FormData();
    form.append("photo", entry.file, entry.name);
    form.append("format", format);
    NAMES.forEach((name, n) => form.append(name, settings[n]));
    this.#leaving = new AbortController();
    try {
      const address = find("#slider img, #cards img").src.replace(/gradio_api\/.*/, "draw");
      const headers = { "Accept-Language": document.documentElement.lang };
      const answer = await fetch(address, { method: "POST", body: form, headers, signal: this.#leaving.signal });
      if (!answer.ok) return this.#fail(entry, (await answer.json()).message);
      const drawing = await answer.blob();
      const saved = `${entry.name.replace(/\.[^.]*$/, "").slice(0, 80) || "photo"}-${style}.${format.replace("jpeg", "jpg")}`;
      const after = URL.createObjectURL(drawing), before = (await isShown(entry.file)) ? URL.createObjectURL(entry.file) : after;
      Object.assign(entry, { settings, style, drawing, saved, before, after, state: "done" });
      this.#seconds = (Date.now() - began) / 1000;
      await this.#picture(entry, drawing);
    } catch (error) {
      if (error.name === "AbortError") entry.state = "waits";
      else this.#fail(entry, say("strip.lost"));
    }
    this.#write();
  }

  /** The kind of file and the settings that the page has now, for a photo that is not cropped. */
  async #settings() {
    const values = await new Promise(done => {
      this.#asked = done;
      trigger("input");
    });
    const [kind, ...settings] = values;
    for (const [name, value] of [["crop", "none"], ["chosen_faces", ""]]) settings[NAMES.indexOf(name)] = value;
    return [kind, ...settings];
  }

  #fail(entry, said) {
    Object.assign(entry, { state: "failed", said });
    this.#write();
  }

  #mark(entry) {
    for (const each of this.#entries) each.button.setAttribute("aria-pressed", each === entry);
    const row = this.#list; // scrollIntoView would move the page as well
    row.scrollLeft += entry.button.getBoundingClientRect().left - row.getBoundingClientRect().left - row.clientWidth / 2;
    this.#write();
  }

  async #picture(entry, blob) {
    try {
      const bitmap = await createImageBitmap(blob, { resizeHeight: HIGH, resizeQuality: "medium" });
      const canvas = make("canvas", "", { width: bitmap.width, height: bitmap.height });
      canvas.getContext("2d").drawImage(bitmap, 0, 0);
      bitmap.close();
      entry.button.replaceChildren(canvas);
    } catch {
      entry.button.textContent = entry.name.split(".").at(-1).slice(0, 4); // a kind of photo that the browser cannot show
    }
    this.#write();
  }

  /** Write the texts in the page's language, and what each entry is doing. */
  #write() {
    const entries = this.#entries, done = entries.filter(each => each.state === "done"), failed = entries.filter(each => each.state === "failed");
    this.box.hidden = entries.length < 2;
    for (const { button, state, name, saved, said } of entries) {
      const text = { done: saved, failed: `${name}: ${said}` }[state] ?? say(`strip.${state}`, name);
      if (button.title !== text) Object.assign(button, { title: text, ariaLabel: text });
      button.dataset.state = state;
      button.style.setProperty("--seconds", `${this.#seconds}s`);
    }
    const count = [say("strip.count", done.length, entries.length), failed.length ? say("strip.failed", failed.map(each => each.name).join(", ")) : ""].join(" ").trim();
    if (this.#head.count.textContent !== count) this.#head.count.textContent = count;
    Object.assign(this.#head.stop, { hidden: !this.#isRunning, textContent: say("stop") });
    Object.assign(this.#head.all, { hidden: !done.length || this.#isRunning, textContent: say("strip.all") });
    this.box.setAttribute("aria-label", say("strip"));
    if (entries.length && !entries.some(each => each.button.getAttribute("aria-pressed") === "true")) entries[0].button.setAttribute("aria-pressed", false);
  }

  async #saveAll() {
    const files = [];
    for (const entry of this.#entries.filter(each => each.state === "done")) {
      entry.drawing ??= await fetched(entry.address).catch(() => null);
      if (!entry.drawing) await this.#draw(entry); // the server keeps it for an hour
      if (entry.drawing) files.push({ name: entry.saved, blob: entry.drawing });
    }
    const link = make("a", "", { href: URL.createObjectURL(await zipOf(files)), download: "animegan.zip" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }
}

async function fetched(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.blob();
}

function nameOf(file) {
  return file.orig_name ?? decodeURIComponent(file.url.split("/").at(-1));
}

async function isShown(file) {
  return createImageBitmap(file).then(picture => (picture.close(), true), () => false);
}

const strip = new Strip(element.querySelector(".strip"));
window.animegan = {
  ...window.animegan,
  several: files => strip.several(files),
  keep: (...values) => void strip.keep(...values),
  begin: (...values) => strip.begin(...values),
  bring: (...now) => strip.bring(now),
  tell: (...values) => void strip.tell(values),
};
