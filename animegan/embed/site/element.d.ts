/// <reference lib="dom" />

/** What the page in the element does. */
export type State = "ready" | "drawing" | "done" | "failed";

/** The page in an element; its attributes are `src`, `style-id`, `theme`, `lang`, `tab` and `loading`. */
export interface AnimeganEmbed extends HTMLElement {
  /** Null until the page has said something. */
  readonly state: State | null;
  /** Address of the page, with what the attributes ask for. */
  readonly address: string;
}

declare global {
  interface HTMLElementTagNameMap {
    "animegan-embed": AnimeganEmbed;
  }
  interface HTMLElementEventMap {
    "animegan-state": CustomEvent<State>;
  }
  interface DocumentEventMap {
    "animegan-state": CustomEvent<State>;
  }
}
