// What the page says. Each language is a file of its own, with the same keys.
import en from "./english.js";
import zh from "./chinese.js";
import ja from "./japanese.js";
import { WORDS } from "./words.js";

export const TEXTS = { en: { ...WORDS.en, ...en }, zh: { ...WORDS.zh, ...zh }, ja: { ...WORDS.ja, ...ja } };

/** The language of the page, by its key in `TEXTS`. The script in the page's head has chosen it. */
export const language = () => document.documentElement.lang;

/** A text of the page, with the values in its places {0}, {1} … */
export function say(key, ...values) {
  return TEXTS[language()][key].replace(/\{(\d)\}/g, (_, place) => values[place]);
}

/** What was done to a photo before it was drawn, and why, as one sentence; empty: nothing. `repair` is the engine's. */
export function repaired(repair) {
  if (!repair.length) return "";
  const list = codes => [...new Set(codes)].map(code => say(`done.${code}`)).join(say("list"));
  const known = repair.flatMap(({ reasons }) => reasons).filter(code => `done.${code}` in TEXTS[language()]);
  const steps = list(repair.map(({ stage }) => stage));
  const text = known.length ? say("done.because", list(known), steps) : say("done.asked", steps);
  return `${text[0].toUpperCase()}${text.slice(1)}`;
}

/** A text of the manifest, {en, zh, ja}, in the page's language. */
export const own = text => text?.[language()] ?? text?.en ?? "";

/** Write the page's texts into the document. `data-html` marks the two that hold markup of ours. */
export function write(root = document) {
  const touch = matchMedia("(hover: none)").matches;
  for (const place of root.querySelectorAll("[data-text]")) place.textContent = say((touch && place.dataset.touch) || place.dataset.text);
  for (const place of root.querySelectorAll("[data-html]")) place.innerHTML = say(place.dataset.html);
  for (const place of root.querySelectorAll("[data-label]")) place.setAttribute("aria-label", say(place.dataset.label));
}
