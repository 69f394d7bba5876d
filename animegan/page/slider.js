// Connects the embedded page's slider, which stands before this text, with its gr.HTML: what Python gives is shown.
// Filled in by widgets.py: language, then key, then text.
const words = "@words@";
const say = (key, ...values) => (words[document.documentElement.lang] ?? words.en)[key].replace("{}", () => values.shift());
const box = element.querySelector(".slider");
const slider = new Slider(box, say);
let numbers = "";
const boxes = new FaceBoxes(slider, say, chosen => {
  numbers = chosen;
  trigger("select");
});
if (element.closest("#slider")) {
  window.animegan = { ...window.animegan, faces: () => numbers, look: (before, after) => show({ before: { url: before }, after: { url: after } }) };
}
let newest = null;

async function show(value = props.value) {
  newest = value;
  boxes.show(value?.faces);
  if (!value) return box.replaceChildren();
  const pictures = [value.before, value.after].map(({ url }) => Object.assign(new Image(), { src: url, draggable: false }));
  await Promise.allSettled(pictures.map(picture => picture.decode()));
  if (newest !== value) return;
  box.style.setProperty("--wide", `${pictures[1].naturalWidth}px`);
  const shape = pictures[1].naturalWidth / pictures[1].naturalHeight || 1;
  if (shape !== slider.ratio && !box.contains(document.activeElement)) box.replaceChildren(); // a browser takes a stage that changes for one that moves
  slider.show(...pictures, shape);
}

new MutationObserver(() => [slider, boxes].forEach(part => part.write())).observe(document.documentElement, { attributeFilter: ["lang"] });
const block = element.parentElement.closest(".before-and-after");
const work = () => { // petals fall while Gradio says that it is being drawn
  const tracker = block.querySelector("[data-testid=status-tracker]");
  slider.busy = Boolean(tracker && !tracker.classList.contains("hide") && !tracker.querySelector(".error"));
};
new MutationObserver(work).observe(block, { subtree: true, childList: true, attributeFilter: ["class"] });
watch("value", () => show());
show();
