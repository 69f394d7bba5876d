// <animegan-embed>: the page in a blog post.
//
//   <script async src="https://example.org/anime/element.js"></script>
//   <animegan-embed src="https://example.org/anime/" style-id="anime"></animegan-embed>
//
// src       address of the folder that `python -m animegan embed` wrote; left out: where this script comes from
// style-id  the style that is chosen at first
// theme     "light" or "dark"; left out: as the reader's system
// lang      "en", "zh" or "ja"; left out: as the reader's browser
// tab       "live": begin with the camera
// loading   "eager": load at once; otherwise when the reader comes near
//
// The script is a classic one: a host need not allow others to load its modules. It may be imported as well; then `src` must be named. The element is as high as its content. Events: `animegan-state`, whose detail is ready, drawing, done or failed.
(() => {
  if (typeof HTMLElement === "undefined") return; // a server that writes pages imports it, too
  const HERE = new URL("./", document.currentScript?.src ?? document.baseURI).href;
  const PATIENCE = 15_000; // milliseconds until a frame that says nothing is taken to be shut
  const ALLOW = "camera; fullscreen; web-share; clipboard-read; clipboard-write; cross-origin-isolated";
  const TEXTS = {
    en: { title: "A photo becomes anime", shut: "The drawing page did not open here.", link: "Open it on its own" },
    zh: { title: "照片变成动漫", shut: "绘制页面未能在此打开。", link: "单独打开" },
    ja: { title: "写真がアニメになる", shut: "描くページをここで開けませんでした。", link: "単独で開く" },
  };
  const STYLE = `
:host { display: block; max-width: 1200px; margin: 0 auto; }
:host([hidden]) { display: none; }
iframe { display: block; width: 100%; height: 46rem; border: 0; border-radius: 1rem; background: transparent; }
p { margin: 0; padding: 1rem; border: 1px solid #fba9bd; border-radius: 1rem; background: #ffe6ec; color: #98294d; font: 1rem/1.5 system-ui, sans-serif; text-align: center; }
a { color: inherit; }
`;

  class AnimeganEmbed extends HTMLElement {
    static observedAttributes = ["src", "style-id", "theme", "lang", "tab"];
    #frame = null;
    #timer = 0;
    #hear = event => this.#message(event);

    /** ready, drawing, done or failed; null until the page has said something. */
    state = null;

    connectedCallback() {
      addEventListener("message", this.#hear);
      this.#open();
    }

    disconnectedCallback() {
      removeEventListener("message", this.#hear);
      clearTimeout(this.#timer);
      this.#frame = null;
    }

    attributeChangedCallback(name, before, now) {
      if (this.#frame && before !== now) this.#open();
    }

    /** The address of the page, with what the attributes ask for. */
    get address() {
      const address = new URL(this.getAttribute("src") ?? HERE, document.baseURI);
      if (!/(\/|\.html)$/.test(address.pathname)) address.pathname += "/";
      for (const [attribute, name] of [["style-id", "style"], ["theme", "theme"], ["lang", "lang"], ["tab", "tab"]]) {
        if (this.hasAttribute(attribute)) address.searchParams.set(name, this.getAttribute(attribute));
      }
      return address.href;
    }

    #texts() {
      const speaks = [this.getAttribute("lang"), ...navigator.languages].map(code => code?.slice(0, 2).toLowerCase());
      return TEXTS[speaks.find(code => code in TEXTS) ?? "en"];
    }

    #open() {
      const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
      clearTimeout(this.#timer);
      this.state = null;
      const frame = document.createElement("iframe");
      // A page that is isolated opens frames of others only without their cookies, which this one has no use for.
      if (window.crossOriginIsolated) frame.credentialless = true;
      Object.assign(frame, { title: this.#texts().title, allow: ALLOW, loading: this.getAttribute("loading") === "eager" ? "eager" : "lazy", src: this.address });
      frame.addEventListener("load", () => { if (!this.state) this.#timer = setTimeout(() => this.#shut(), PATIENCE); });
      this.#frame = frame;
      const style = Object.assign(document.createElement("style"), { textContent: STYLE });
      root.replaceChildren(style, frame);
    }

    #message(event) {
      if (!this.#frame || event.source !== this.#frame.contentWindow || event.data?.from !== "animegan") return;
      clearTimeout(this.#timer);
      const { height, state } = event.data;
      if (Number.isFinite(height) && height > 0) this.#frame.style.height = `${height}px`;
      if (typeof state === "string") {
        this.state = state;
        this.dispatchEvent(new CustomEvent("animegan-state", { detail: state, bubbles: true, composed: true }));
      }
    }

    /** The frame did not say anything: say so in its place. */
    #shut() {
      if (this.state) return;
      const { shut, link } = this.#texts();
      const sentence = document.createElement("p");
      sentence.append(`${shut} `, Object.assign(document.createElement("a"), { href: this.address, target: "_blank", rel: "noopener", textContent: link }));
      this.#frame.replaceWith(sentence);
      this.#frame = null;
      this.state = "failed";
      this.dispatchEvent(new CustomEvent("animegan-state", { detail: "failed", bubbles: true, composed: true }));
    }
  }

  if (!customElements.get("animegan-embed")) customElements.define("animegan-embed", AnimeganEmbed);
})();
