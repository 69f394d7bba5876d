// Draws the camera as it moves: a frame goes to the server as a JPEG, its drawing comes back as one, and both are shown
// with a line between them. At most two frames are under way, so that one is sent while the other is drawn; a frame that
// the camera gives in the meantime takes the place of the one before. Gradio runs this with ``element``, the stage.
const words = "@words@";
const asked = navigator.language.toLowerCase();
const say = words[Object.keys(words).find(code => asked.startsWith(code)) || "en"];
const UNDER_WAY = 2, JPEG = 0.85, COUNTED = 2000, PATIENCE = 1000;

const stage = element.querySelector(".live-stage"), canvas = element.querySelector("canvas");
const line = element.querySelector(".live-line"), told = element.querySelector(".live-say");
const paper = canvas.getContext("2d"), video = document.createElement("video");
const chosen = { style: "anime", side: 384, mirror: true };
let ticket = null, stream = null, starting = false, stopper = null; // of the camera that runs
let fresh = false, underWay = 0, sent = 0, shown = 0, rest = 0; // frames; `rest`: when to send again
let shownAt = [], waits = []; // milliseconds, of the last seconds
let pair = null, at = 22; // before and after; per cent from the left of the line between them

video.muted = true;
video.playsInline = true;
line.setAttribute("aria-label", say.line);
canvas.setAttribute("aria-label", say.picture);

const tell = text => { if (told.textContent !== text) told.textContent = text; };

const allow = () => {
  const live = stream !== null;
  const off = { stop: !live && !starting, go: live || starting, snapshot: pair === null, other: !live, full: pair === null };
  for (const name in off) {
    const button = document.querySelector(`#live-${name}`);
    if (button) button.disabled = off[name];
  }
};

// Where the server is: behind a proxy under a path, and where the page is part of another.
const address = () => {
  const root = new URL(window.gradio_config?.root || location.href.split(/[?#]/)[0]);
  const origin = root.hostname === location.hostname ? location.origin : root.origin;
  return `${origin}${root.pathname.replace(/\/$/, "")}${"@path@"}?style=${encodeURIComponent(chosen.style)}`;
};

const paint = () => {
  if (!pair) return;
  const { before, after } = pair, width = after.width, height = after.height;
  if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
  paper.drawImage(after, 0, 0);
  const edge = Math.round(width * at / 100);
  if (edge > 0) paper.drawImage(before, 0, 0, edge, height, 0, 0, edge, height);
};

const moveLine = to => {
  at = Math.min(100, Math.max(0, to));
  line.style.left = `${at}%`;
  line.setAttribute("aria-valuenow", Math.round(at));
  paint();
};

const count = began => {
  const now = performance.now();
  shownAt.push(now);
  waits.push(now - began);
  while (shownAt[0] < now - COUNTED) { shownAt.shift(); waits.shift(); }
};

const report = () => {
  allow(); // the buttons come after this script, and Gradio may draw them anew
  if (!stream) return;
  const now = performance.now(), recent = shownAt.filter(when => when > now - COUNTED);
  if (!visible()) return tell(say.paused);
  if (!recent.length) return tell(shown ? say.waiting : say.first);
  const spent = Math.max(250, Math.min(COUNTED, now - recent[0]));
  const rate = Math.round((recent.length - 1) / spent * 1000), wait = waits.reduce((a, b) => a + b, 0) / waits.length;
  stage.dataset.rate = rate;
  stage.dataset.wait = Math.round(wait);
  tell(say.rate.replace("{}", Math.max(1, rate)).replace("{}", Math.round(wait)));
};

const visible = () => !document.hidden && element.offsetParent !== null;

// The camera's picture at the chosen size, mirrored if that is wished.
const grab = () => {
  const scale = chosen.side / Math.max(video.videoWidth, video.videoHeight);
  const before = document.createElement("canvas");
  before.width = Math.max(16, Math.round(video.videoWidth * scale));
  before.height = Math.max(16, Math.round(video.videoHeight * scale));
  const brush = before.getContext("2d");
  if (chosen.mirror) { brush.translate(before.width, 0); brush.scale(-1, 1); }
  brush.drawImage(video, 0, 0, before.width, before.height);
  return before;
};

const send = async () => {
  const camera = stopper, number = ++sent, began = performance.now(), before = grab();
  fresh = false;
  underWay += 1;
  try {
    const jpeg = await new Promise(done => before.toBlob(done, "image/jpeg", JPEG));
    const answer = await fetch(address(), {
      method: "POST", body: jpeg, signal: camera.signal, headers: { "content-type": "image/jpeg", ["@ticket@"]: ticket },
    });
    if (answer.status === 200) {
      const after = await createImageBitmap(await answer.blob());
      if (camera !== stopper || number < shown) return after.close();
      pair?.after.close();
      if (!pair) stage.classList.remove("idle");
      pair = { before, after };
      shown = number;
      count(began);
      paint();
      allow();
    } else if (answer.status === 403) {
      stop(say.expired);
    } else if (answer.status !== 204) {
      rest = performance.now() + PATIENCE;
      if (answer.status !== 429) tell({ 503: say.busy, 413: say.broken, 415: say.broken }[answer.status] || say.lost);
    }
  } catch (error) {
    if (camera !== stopper) return;
    rest = performance.now() + PATIENCE;
    tell(say.lost);
  } finally {
    if (camera === stopper) { underWay -= 1; next(); }
  }
};

const next = () => {
  const may = stream && ticket && fresh && underWay < UNDER_WAY && performance.now() >= rest;
  if (may && video.videoWidth && visible()) send();
};

// Called with each new picture of the camera.
const arrive = camera => {
  if (camera !== stopper) return;
  fresh = true;
  next();
  if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(() => arrive(camera));
  else setTimeout(() => arrive(camera), 30);
};

const reason = error => {
  const policy = document.permissionsPolicy || document.featurePolicy;
  if (!navigator.mediaDevices?.getUserMedia) return say.insecure;
  if (policy && !policy.allowsFeature("camera")) return say.embedded;
  return { NotAllowedError: say.refused, NotFoundError: say.none, NotReadableError: say.taken }[error.name] || say.failed;
};

const start = async wish => {
  if (stream || starting) return;
  starting = true;
  allow();
  tell(say.asking);
  const camera = stopper = new AbortController();
  try {
    const picture = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 }, ...wish };
    const given = await navigator.mediaDevices.getUserMedia({ video: picture, audio: false });
    if (camera !== stopper) return given.getTracks().forEach(track => track.stop());
    stream = given;
    stream.getTracks().forEach(track => track.addEventListener("ended", () => camera === stopper && stop(say.gone)));
    video.srcObject = stream;
    await video.play();
  } catch (error) {
    if (camera === stopper) stop(reason(error));
    return;
  } finally {
    if (camera === stopper) starting = false;
    allow();
  }
  if (camera !== stopper) return;
  [fresh, underWay, rest, shownAt, waits] = [false, 0, 0, [], []];
  shown = sent;
  tell(say.first);
  allow();
  arrive(camera);
};

const stop = text => {
  stopper?.abort();
  stopper = null;
  starting = false;
  stream?.getTracks().forEach(track => track.stop());
  stream = null;
  video.srcObject = null;
  delete stage.dataset.rate;
  tell(text);
  allow();
};

const other = async () => {
  const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(device => device.kind === "videoinput");
  const current = stream?.getVideoTracks()[0]?.getSettings().deviceId;
  const following = cameras[(cameras.findIndex(device => device.deviceId === current) + 1) % cameras.length];
  if (!following || following.deviceId === current) return tell(say.only);
  stop("");
  start({ deviceId: { exact: following.deviceId } });
};

const snapshot = () => {
  if (!pair) return;
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [pair.after.width, pair.after.height];
  copy.getContext("2d").drawImage(pair.after, 0, 0);
  copy.toBlob(png => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(png);
    link.download = `live-${chosen.style}-${new Date().toTimeString().slice(0, 8).replaceAll(":", "")}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), PATIENCE);
  }, "image/png");
};

const toPointer = event => {
  const box = stage.getBoundingClientRect();
  moveLine((event.clientX - box.left) / box.width * 100);
};
stage.addEventListener("pointerdown", event => {
  stage.setPointerCapture(event.pointerId);
  toPointer(event);
  line.focus({ preventScroll: true });
  event.preventDefault();
});
stage.addEventListener("pointermove", event => { if (stage.hasPointerCapture(event.pointerId)) toPointer(event); });
line.addEventListener("keydown", event => {
  const by = { ArrowLeft: -2, ArrowDown: -2, ArrowRight: 2, ArrowUp: 2, PageDown: -10, PageUp: 10, Home: -100, End: 100 };
  if (!(event.key in by)) return;
  moveLine(at + by[event.key]);
  event.preventDefault();
});
document.addEventListener("click", event => {
  const pressed = event.target.closest?.("#live-go, #live-stop, #live-snapshot, #live-other, #live-full")?.id;
  if (pressed === "live-go") start();
  if (pressed === "live-stop") stop(say.stopped);
  if (pressed === "live-snapshot") snapshot();
  if (pressed === "live-other") other();
  if (pressed === "live-full") stage.requestFullscreen?.().catch(() => {});
});
addEventListener("pagehide", () => stop(""));
setInterval(report, 500);

// From the events of Gradio's components.
document.addEventListener("live-ticket", event => { ticket = event.detail; next(); });
document.addEventListener("live-chosen", event => {
  const [style, side, mirror] = event.detail;
  Object.assign(chosen, { style, side: Number(side), mirror });
});
moveLine(at);
