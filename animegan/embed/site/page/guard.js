// A classic script, because modules are what may fail: it chooses the colours and the language before anything is drawn,
// tells a page around this one how high it is, and says a sentence where the page itself cannot.
(() => {
  const PATIENCE = 20_000; // milliseconds until a page that did not start says so
  const SENTENCES = {
    file: {
      en: "This page was opened as a file. Browsers let it draw only when a server gives it: run “python -m http.server” in its folder.",
      zh: "本页是作为文件打开的。浏览器只允许由服务器提供的页面绘制：请在该文件夹中运行 “python -m http.server”。",
      ja: "このページはファイルとして開かれています。ブラウザーが描けるのは、サーバーから届いたページだけです。このフォルダーで「python -m http.server」を実行してください。",
    },
    sandbox: {
      en: "The page around this one keeps it in a closed frame, where it cannot load its parts. Its author can add “allow-same-origin” to the frame's sandbox.",
      zh: "外层页面把本页放在封闭的框架里，因此无法加载所需文件。外层页面的作者可在 sandbox 中加入 “allow-same-origin”。",
      ja: "外側のページがこのページを閉じた枠に入れているため、必要なファイルを読み込めません。その作者が枠の sandbox に「allow-same-origin」を加えると使えます。",
    },
    unloaded: {
      en: "The page did not load completely: check the connection and load it again.",
      zh: "页面未能完整加载：请检查网络后重新加载。",
      ja: "ページを完全には読み込めませんでした。接続を確かめて、読み込み直してください。",
    },
    old: {
      en: "This browser is too old to draw: take a current version of Firefox, Chrome, Edge or Safari.",
      zh: "此浏览器版本过旧，无法绘制：请使用新版 Firefox、Chrome、Edge 或 Safari。",
      ja: "このブラウザーは古くて描けません。新しい Firefox、Chrome、Edge、Safari を使ってください。",
    },
  };
  const LINK = { en: "Open the page on its own", zh: "单独打开本页", ja: "このページを単独で開く" };

  const root = document.documentElement;
  const asked = new URLSearchParams(location.search);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const BAR = { light: "#fff1f4", dark: "#2b181f" }; // of the system's bar above the page
  const colour = () => {
    const theme = root.dataset.theme = asked.get("theme") in BAR ? asked.get("theme") : dark.matches ? "dark" : "light";
    document.querySelector("[name=theme-color]").content = BAR[theme];
  };
  colour();
  dark.addEventListener("change", colour);
  // The first language that the reader's browser asks for and this page speaks.
  const speaks = [asked.get("lang"), ...(navigator.languages ?? [navigator.language])].map(code => code?.slice(0, 2).toLowerCase());
  root.lang = speaks.find(code => code in LINK) ?? "en";
  const embedded = window.parent !== window;
  root.classList.toggle("embedded", embedded);

  const tell = message => { if (embedded) window.parent.postMessage({ from: "animegan", ...message }, "*"); };

  /** Say why the page cannot draw, in place of the page. */
  const refuse = (reason = blocked) => {
    const state = document.body.dataset.state;
    if (state && state !== "loading") return;
    const place = document.getElementById("guard");
    place.textContent = `${SENTENCES[reason][root.lang]} `;
    if (embedded) place.append(Object.assign(document.createElement("a"), { href: location.href, target: "_blank", rel: "noopener", textContent: LINK[root.lang] }));
    place.hidden = false;
    document.getElementById("app").hidden = true;
    document.body.dataset.state = "failed";
    tell({ state: "failed" });
  };
  const blocked = location.protocol === "file:" ? "file" : window.origin === "null" ? "sandbox" : !("noModule" in HTMLScriptElement.prototype) || !window.Worker ? "old" : null;
  window.animegan = { tell, blocked };

  addEventListener("DOMContentLoaded", () => {
    new ResizeObserver(() => tell({ height: Math.ceil(document.getElementById("page").getBoundingClientRect().height) })).observe(document.getElementById("page"));
    if (blocked) refuse();
    setTimeout(() => { if (!document.body.dataset.state) refuse("unloaded"); }, PATIENCE);
  });
  // A module that does not come or does not parse says so here.
  addEventListener("error", event => { if (event.target instanceof HTMLScriptElement) refuse(blocked ?? "unloaded"); }, true);
})();
