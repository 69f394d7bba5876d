// The styles as cards: radio buttons with a picture, so that arrow keys choose.
import { own, say } from "./texts.js";

export class Cards {
  /**
   * @param {HTMLElement} place where the cards go
   * @param {HTMLElement} terms where the chosen style's terms are written
   * @param {object[]} styles of the manifest
   * @param {(style: object) => void} onChoose called when a person chooses
   */
  constructor(place, terms, styles, onChoose) {
    Object.assign(this, { place, terms, styles });
    this.chosen = styles[0];
    place.replaceChildren(...styles.map(style => this.#card(style)));
    place.addEventListener("change", event => {
      this.choose(event.target.value);
      onChoose(this.chosen);
    });
    this.choose(this.chosen.id);
  }

  /** Choose a style by its id; false if it is not there. */
  choose(id) {
    const style = this.styles.find(each => each.id === id);
    if (!style) return false;
    this.chosen = style;
    const input = [...this.place.querySelectorAll("input")].find(each => each.value === id);
    input.checked = true;
    this.#reveal(input.parentNode);
    this.write();
    return true;
  }

  /** Write the texts in the page's language. */
  write() {
    this.place.querySelectorAll(".style").forEach((card, n) => {
      card.querySelector("b").textContent = own(this.styles[n].title);
      card.querySelector(".name span").textContent = own(this.styles[n].caption);
    });
    const terms = own(this.chosen.terms);
    this.terms.textContent = terms && say("terms", terms);
  }

  #card(style) {
    const card = Object.assign(document.createElement("label"), { className: "style" });
    const input = Object.assign(document.createElement("input"), { type: "radio", className: "cover", name: this.place.parentNode.id, value: style.id });
    card.append(input);
    if (style.card) {
      const picture = Object.assign(new Image(), { src: style.card, alt: "", draggable: false, loading: "lazy" });
      picture.addEventListener("error", () => picture.remove());
      card.append(picture);
    }
    const name = Object.assign(document.createElement("span"), { className: "name" });
    name.append(document.createElement("b"), document.createElement("span"));
    card.append(name);
    return card;
  }

  /** Push a row of cards so far aside that the card is seen; the page itself stays where it is. */
  #reveal(card) {
    const row = this.place;
    const [left, right] = [card.offsetLeft - row.offsetLeft, card.offsetLeft - row.offsetLeft + card.offsetWidth];
    if (left < row.scrollLeft) row.scrollLeft = left;
    else if (right > row.scrollLeft + row.clientWidth) row.scrollLeft = right - row.clientWidth;
  }
}
