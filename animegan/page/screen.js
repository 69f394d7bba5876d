() => {
  // What one sees without a scroll, what comes in by drop and paste, and what goes out. `drawing` marks the page while
  // a photo is drawn.
  const root = document.documentElement;
  const find = selector => document.querySelector(selector);
  const narrow = matchMedia("(max-width: 720px)");
  const CALM = 3000; // milliseconds after a click in which its drawing begins, if there is one
  const SETTLED = 300; // milliseconds
  const isSeen = selector => find(selector)?.checkVisibility() ?? false;
  const isWhole = part => {
    const { top, bottom } = part.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  };
  const bring = () => { // a telephone's page goes to the drawing, with the styles above it and the download below
    if (!narrow.matches || !isSeen("#columns") || ["#stage", "#save"].every(part => isWhole(find(part)))) return;
    const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
    find("#cards").scrollIntoView({ block: "start", behavior });
  };
  const reveal = () => { // the row of styles is pushed so far aside that the chosen one is seen
    const row = find("#cards .grid-container");
    const card = find("#cards .selected");
    if (!row || !card) return;
    const [{ left, right, width }, place] = [row, card].map(each => each.getBoundingClientRect());
    if (place.left < left || place.right > right) row.scrollLeft += place.left - left - (width - place.width) / 2;
  };

  // The download gives what is chosen: pressed while that is still drawn or written, it waits for it.
  let late = 0; // until when the button's file is taken to be another one than what is chosen
  let wanted = false;
  let serving = 0;
  let label = "";
  const button = () => find("#download");
  const kind = () => find("#kind label:has(:checked)")?.textContent.trim() ?? "";
  const isLate = () => root.classList.contains("drawing") || Date.now() < late || button().disabled || !button().textContent.includes(kind());
  const mark = on => { wanted = on; find("#save")?.classList.toggle("waiting", on); };
  const serve = () => { // the button's file comes a moment after its label
    clearTimeout(serving);
    serving = setTimeout(() => {
      if (!wanted || isLate()) return;
      mark(false);
      button().click();
    }, SETTLED);
  };
  for (const name of ["input", "change", "click"]) {
    document.addEventListener(name, event => {
      if (!find("#photo img")) return;
      if (event.target.closest?.("#cards button, #crops button, #strip li button, .faces button, #settings input, #style [role=option]")) late = Math.max(late, Date.now() + CALM);
    }, true);
  }
  document.addEventListener("click", event => {
    if (!event.isTrusted || !event.target.closest?.("#save") || event.target.closest("#share, #copy")) return;
    if (!find("#photo img") || !isLate()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    mark(true);
  }, true);

  // Where a browser cannot show the photo's file itself (HEIC, TIFF), its picture comes from what was drawn.
  const watched = () => {
    const drawing = find("#slider .slider")?.classList.contains("busy") ?? false;
    if (root.classList.toggle("drawing", drawing) !== was) {
      was = drawing;
      if (drawing) bring();
      reveal();
      if (!drawing && wanted && find("#done .failed")) mark(false);
    }
    const unseen = find("#photo img.unseen");
    const seen = find("#slider img.before");
    if (unseen && seen && !drawing && seen.src !== unseen.dataset.before) unseen.src = seen.src;
    if (label !== button()?.textContent) { // the file of the change is written, or about to be
      label = button()?.textContent;
      late = 0;
    }
    serve();
  };
  let was = false;
  const observer = new MutationObserver(watched);
  const begin = setInterval(() => {
    const parts = ["#slider", "#save", "#done"].map(find);
    if (parts.some(part => !part)) return;
    clearInterval(begin);
    for (const part of parts) observer.observe(part, { subtree: true, childList: true, characterData: true, attributeFilter: ["class", "disabled"] });
    watched();
  }, 100);
  setInterval(serve, 1000); // a change after which nothing was drawn
  document.addEventListener("error", ({ target }) => {
    if (!target.matches?.("#photo img")) return;
    target.dataset.before = find("#slider img.before")?.src ?? "";
    target.classList.add("unseen");
  }, true);
  document.addEventListener("load", ({ target }) => { if (target.matches?.("#photo img.unseen")) target.classList.remove("unseen"); }, true);

  // Drop and paste, anywhere: a picture goes to the tab Draw, a film to the tab Video; there a picture that moves is one.
  const MOVING = ["image/gif", "image/webp", "image/apng"];
  const open = tab => document.querySelectorAll("#tabs [role=tab]")[tab]?.click();
  const part = async selector => {
    for (let n = 0; n < 50 && !find(selector); n++) await new Promise(done => setTimeout(done, 100));
    return find(selector);
  };
  const take = async (files, isFilm = false) => {
    const photos = [...files].filter(each => !each.type.startsWith("video/"));
    if (photos.length > 1 && !isFilm && !isSeen("#clip")) {
      if (!isSeen("#columns")) open(0);
      return window.animegan.several(photos);
    }
    const file = [...files].find(each => /^(image|video)\//.test(each.type)) ?? files[0];
    if (!file) return;
    isFilm ||= file.type.startsWith("video/") || (isSeen("#clip") && MOVING.includes(file.type));
    if (isFilm) open(2);
    else if (!isSeen("#columns")) open(0);
    if (isFilm && (await part("#clip")).querySelector("[aria-label=Clear]")) find("#clip [aria-label=Clear]").click();
    const input = await part(isFilm ? "#clip input[type=file]" : "#next input[type=file]");
    if (!input) return;
    const carrier = new DataTransfer();
    carrier.items.add(file);
    input.files = carrier.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  // The chooser of photos takes several, too.
  const CHOOSERS = "#photo input[type=file], #next input[type=file]";
  document.addEventListener("click", ({ target }) => { if (target.matches?.(CHOOSERS)) target.multiple = true; }, true);
  document.addEventListener("change", event => {
    if (!event.target.matches?.(CHOOSERS) || event.target.files.length < 2) return;
    event.stopImmediatePropagation();
    take(event.target.files);
  }, true);
  const isOurs = event => event.dataTransfer?.types.includes("Files") && !event.target.closest?.("#own-pairs");
  let depth = 0;
  const dropping = on => root.classList.toggle("dropping", on);
  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(name, event => {
      if (!isOurs(event)) return;
      event.preventDefault();
      event.stopPropagation();
      if (name === "dragenter") dropping(++depth > 0);
      if (name === "dragleave") dropping(--depth > 0);
      if (name !== "drop") return;
      depth = 0;
      dropping(false);
      take(event.dataTransfer.files);
    }, true);
  }
  document.addEventListener("paste", event => {
    const files = event.clipboardData?.files ?? [];
    if (!files.length || !/^(image|video)\//.test(files[0].type)) return;
    event.preventDefault();
    take(files);
  });

  document.addEventListener("click", async ({ target }) => {
    const choose = find("#clip input[type=file]");
    if (target.closest?.("#gallery button")) setTimeout(bring, 500);
    if (choose && target.closest?.("#clip")) choose.accept = ["video/*", ...MOVING].join();
    const photo = find("#photo [data-testid=image] img");
    if (!target.closest?.(".as-clip") || !photo) return;
    const blob = await (await fetch(photo.src)).blob();
    take([new File([blob], decodeURIComponent(photo.src.split("/").at(-1)), { type: blob.type })], true);
  }, true);

  // A camera that Gradio does not get is said, beside what is drawn. Filled in by theme.py.
  const words = "@words@";
  const CAMERA = { NotAllowedError: "live.js.refused", NotFoundError: "live.js.none", NotReadableError: "live.js.taken" };
  addEventListener("unhandledrejection", ({ reason }) => {
    const key = reason instanceof DOMException && CAMERA[reason.name];
    const place = ["#done", "#video-line"].filter(isSeen).map(find)[0];
    if (!key || !place) return;
    const sentence = Object.assign(document.createElement("span"), { className: "failed", textContent: (words[root.lang] ?? words.en)[key] });
    sentence.setAttribute("role", "alert");
    (place.querySelector(".html-container > div, .prose") ?? place).replaceChildren(sentence);
  });

  // Share and Copy, where the browser has them.
  const sample = new File([""], "a.png", { type: "image/png" });
  root.classList.toggle("can-share", Boolean(navigator.canShare?.({ files: [sample] })));
  root.classList.toggle("can-copy", Boolean(navigator.clipboard?.write && window.ClipboardItem));
  const fetched = async ({ url }) => (await fetch(url)).blob();
  const asPng = async file => {
    const blob = await fetched(file);
    if (blob.type === "image/png") return blob;
    const picture = await createImageBitmap(blob);
    const canvas = Object.assign(document.createElement("canvas"), { width: picture.width, height: picture.height });
    canvas.getContext("2d").drawImage(picture, 0, 0);
    return new Promise(done => canvas.toBlob(done, "image/png"));
  };
  const told = id => {
    find(id).classList.add("told");
    setTimeout(() => find(id)?.classList.remove("told"), 2000);
  };
  window.animegan = {
    ...window.animegan,
    take,
    share: async file => {
      if (!file) return;
      const blob = await fetched(file);
      const name = file.orig_name ?? decodeURIComponent(file.url.split("/").at(-1));
      await navigator.share({ files: [new File([blob], name, { type: blob.type })] }).catch(() => {}); // whoever closes the list wants none
    },
    copy: async file => {
      if (!file) return;
      await navigator.clipboard.write([new ClipboardItem({ "image/png": asPng(file) })]);
      told("#copy");
    },
  };
}
