() => {
  // What Gradio leaves out for people who hear the page or have no mouse: names, states and arrow keys. Names that it
  // has in English only are put into the page's language. Filled in by theme.py: language, then key, then text.
  const words = "@words@";
  const language = words[document.documentElement.lang] ? document.documentElement.lang : "en";
  const own = new Map(Object.entries(words.en).map(([key, english]) => [english, words[language][key]]));

  const set = (element, name, value) => {
    if (value === null) element.removeAttribute(name);
    else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
  };
  const translate = (element, name) => {
    const [english, of] = (element.getAttribute(name) ?? "").split(/(?<= for )/);
    const text = own.get(of ? `${english}{}` : english);
    if (text) set(element, name, text.replace("{}", of));
  };
  const fixes = {
    "#languages a": link => set(link, "aria-current", link.lang === language ? "true" : null),
    "[aria-label]": element => translate(element, "aria-label"),
    "[title]": element => translate(element, "title"),
    "[title] button > .wrap, .toast-title": text => {
      const node = [...text.childNodes].find(each => own.has(each.data?.trim()));
      if (node) node.data = own.get(node.data.trim());
    },
    // A picture to click is called what stands below it, and says whether it is the chosen one.
    "button.thumbnail-item": card => {
      set(card, "aria-label", (card.querySelector(".caption-label") ?? card.querySelector("img"))?.textContent.trim() || card.querySelector("img")?.alt);
      set(card, "aria-pressed", card.classList.contains("selected"));
    },
    "#examples button": (example, n) => set(example, "aria-label", words[language]["gradio.example"].replace("{}", n + 1)),
    "[data-testid=upload-text]": text => set(text.parentElement, "aria-label", null), // it says more itself
    ".empty[aria-label]": empty => set(empty, "aria-label", null),
    ".cm-scroller": code => set(code, "tabindex", 0), // so that the keyboard reaches the end of long lines
    ".label-wrap": button => set(button, "aria-expanded", button.nextElementSibling?.style.display !== "none"),
    // Arrow keys go from one to the next where all have one name.
    "fieldset:has(input[type=radio])": group => {
      set(group, "role", "radiogroup");
      set(group, "aria-label", group.querySelector("[data-testid=block-info]")?.textContent.trim() ?? null);
      for (const radio of group.querySelectorAll("input[type=radio]")) set(radio, "name", group.id);
    },
    "[role=tab]": tab => {
      set(tab, "tabindex", tab.getAttribute("aria-selected") === "true" ? 0 : -1);
      if (tab.getAttribute("aria-controls") === "") set(tab, "aria-controls", null);
    },
    "#tabs > [role=tabpanel]": panel => {
      const tab = panel.style.display === "none" ? null : document.querySelector("#tabs [role=tab][aria-selected=true]");
      set(panel, "aria-label", tab?.textContent.trim() ?? null);
    },
    ".choose-faces": button => set(button, "aria-expanded", document.documentElement.classList.contains("choosing-faces")),
    ":is(#done, #video-line, #own-status):not([role])": line => set(line, "role", "status"), // it is read when it changes
  };
  const mend = () => {
    for (const [selector, fix] of Object.entries(fixes)) document.querySelectorAll(selector).forEach(fix);
  };
  const observed = ["aria-label", "aria-selected", "class", "style", "title"];
  new MutationObserver(mend).observe(document.body, { attributeFilter: observed, childList: true, subtree: true });
  document.addEventListener("keydown", event => {
    const tab = event.target.closest?.("[role=tab]");
    if (!tab || event.ctrlKey || event.altKey || event.metaKey) return;
    const tabs = [...tab.closest("[role=tablist]").querySelectorAll("[role=tab]:not([aria-disabled=true])")];
    const at = tabs.indexOf(tab);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const chosen = tabs.at(next % tabs.length);
    chosen.focus();
    chosen.click();
  });
  mend();
  document.title = words[language]["page.title"];
}
