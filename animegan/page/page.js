() => {
  // Gradio gives pictures in sliders and previews no words of their own.
  const words = { "#photo [data-testid=image] img": ["@photo.alt@"], "#slider [data-testid=imageslider-image]": ["@slider.before@", "@slider.after@"] };
  const chinese = navigator.language.toLowerCase().startsWith("zh");
  const describe = () => {
    for (const [where, texts] of Object.entries(words)) {
      document.querySelectorAll(where).forEach((picture, n) => {
        const text = texts[n % texts.length].split("|")[chinese ? 1 : 0];
        if (picture.alt !== text) picture.alt = text;
      });
    }
  };
  new MutationObserver(describe).observe(document.body, { childList: true, subtree: true });
  document.documentElement.classList.toggle("embedded", window.self !== window.top);
  document.documentElement.lang = chinese ? "zh" : "en";
  describe();
}
