() => {
  const here = window.location.origin + window.location.pathname.replace(/\/$/, "");
  const frame = `<iframe src="${here}/?__theme=light" width="100%" height="900" style="border: 0"
  allow="clipboard-read; clipboard-write; camera" title="A photo becomes anime"></iframe>`;
  const component = `<script type="module"
  src="https://gradio.s3-us-west-2.amazonaws.com/@version@/gradio.js"></` + `script>
<gradio-app src="${here}" theme_mode="light" eager="true"></gradio-app>`;
  const python = `from gradio_client import Client, handle_file

client = Client("${here}")
picture, report = client.predict(handle_file("photo.jpg"), style="anime", api_name="/stylize")
styles = client.predict(api_name="/styles")
crops = client.predict(handle_file("photo.jpg"), api_name="/crop")`;
  const embedded = `<!-- once: python -m animegan embed anime, and put the folder "anime" on any static host -->
<script async src="https://OWNER.example/anime/element.js"></` + `script>
<animegan-embed src="https://OWNER.example/anime/" style-id="anime"></animegan-embed>`;
  return [frame, component, embedded, python];
}
