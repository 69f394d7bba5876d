// What the Draw tab says around its picture: the bar over it, the line below it, a failure's sentence, an offer to draw.
import { megabytes } from "./photos.js";
import { language, say, TEXTS } from "./texts.js";

const $ = id => document.getElementById(id);

export class Board {
  said = null; // key and values of the line, for another language
  coming = null; // the same, of the bar's words
  failed = null; // code and values
  again = null; // key of the offer

  /** Say one line below the picture; a value that is a function gives its text in the language of the moment. */
  say(key, ...values) {
    this.said = [key, values];
    $("status").textContent = say(key, ...values.map(value => (typeof value === "function" ? value() : value)));
  }

  /** Say nothing below the picture. */
  hush() {
    this.said = null;
    $("status").textContent = "";
  }

  /** What is drawn with is being loaded, `{received, all}` bytes if they are known: nothing can be stopped yet. */
  load(bytes) {
    $("progress").hidden = false;
    $("stop").hidden = true;
    this.bar(bytes ? bytes.received / bytes.all : null);
    this.count(bytes);
  }

  /** A drawing is under way. @param {number | null} fraction null: how far is not known */
  progress(fraction) {
    $("progress").hidden = false;
    $("stop").hidden = false;
    this.count(null);
    $("percent").textContent = fraction === null ? "" : say("percent", Math.floor(fraction * 100));
    this.bar(fraction);
  }

  /** How far the bar reaches; null: it moves to and fro. */
  bar(fraction) {
    const bar = $("progress").querySelector("progress");
    if (fraction === null) bar.removeAttribute("value");
    else bar.value = fraction;
  }

  /** Say how much of what a drawing waits for has come; null says nothing. */
  count(bytes) {
    if (bytes) this.tell("coming", megabytes(bytes.received, bytes.all), megabytes(bytes.all));
    else this.tell(null);
  }

  /** Say a few words in the bar; null says none. */
  tell(key, ...values) {
    this.coming = key && [key, ...values];
    $("coming").textContent = key ? say(key, ...values) : "";
  }

  /** Nothing is being drawn any more. */
  rest() {
    $("progress").hidden = true;
  }

  /** Write a failure's sentence, with its values; null takes it away. */
  fail(code, ...values) {
    this.failed = code && [code, ...values];
    $("failure").hidden = !code;
    $("failure").textContent = code ? say(`error.${code}` in TEXTS[language()] ? `error.${code}` : "error.unknown", ...values) : "";
  }

  /** Offer to draw: `draw` or `retry`; null does not. */
  offer(key) {
    this.again = key;
    $("retry").hidden = !key;
    $("retry").textContent = key ? say(key) : "";
  }

  /** Write the texts in the page's language. */
  write() {
    if (this.said) this.say(this.said[0], ...this.said[1]);
    if (this.coming) this.tell(...this.coming);
    if (this.failed) this.fail(...this.failed);
    if (this.again) this.offer(this.again);
  }
}
