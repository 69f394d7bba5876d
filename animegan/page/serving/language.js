(() => {
  // Runs before Gradio reads the browser's language: a language that was chosen on the page, or stands in its address,
  // takes its place. The address carries it on to the server.
  const codes = "@codes@", key = "animegan.language";
  const asked = new URLSearchParams(location.search);
  const remembered = change => { try { return change(localStorage); } catch { return null; } }; // it may be forbidden
  if (!asked.has("lang")) {
    const code = remembered(storage => storage.getItem(key));
    if (code) {
      asked.set("lang", code);
      history.replaceState(history.state, "", `?${asked}${location.hash}`);
    }
  }
  document.documentElement.dataset.languages = "";
  const code = asked.get("lang");
  if (codes.includes(code)) {
    const own = navigator.language;
    const tag = own.toLowerCase().startsWith(code) ? own : code === "zh" ? "zh-CN" : code;
    Object.defineProperty(navigator, "language", { configurable: true, get: () => tag });
    document.documentElement.lang = code;
  }
  addEventListener("click", event => {
    const link = event.target.closest?.("#languages a");
    if (!link) return;
    event.preventDefault();
    remembered(storage => storage.setItem(key, link.lang));
    asked.set("lang", link.lang);
    location.search = asked;
  });
})();
