// The page as an app: it can be installed, and photos come to it from the gallery and from the file manager.
const $ = id => document.getElementById(id);

/** Offer to install the page where the browser can. iOS does it from its own menu. */
export function offerInstall() {
  let offer = null;
  const show = next => {
    offer = next;
    $("install").hidden = !offer;
  };
  addEventListener("beforeinstallprompt", event => {
    event.preventDefault(); // so that it stays where the button is
    show(event);
  });
  addEventListener("appinstalled", () => show(null));
  $("install").addEventListener("click", async () => {
    offer?.prompt();
    await offer?.userChoice;
    show(null); // an offer can be made only once
  });
}

/**
 * Receive what another app shares with this one, and the files that it is asked to open.
 * @param {(files: File[]) => void} onFiles
 */
export async function receive(onFiles) {
  window.launchQueue?.setConsumer(async ({ files = [] }) => {
    if (files.length) onFiles(await Promise.all(files.map(handle => handle.getFile())));
  });
  const address = new URL(location.href);
  if (!address.searchParams.has("shared")) return;
  address.searchParams.delete("shared");
  history.replaceState(null, "", address); // a page that is loaded anew has nothing to receive
  const files = await shared();
  if (files.length) onFiles(files);
}

/** What the service worker has taken: it is handed over once. */
async function shared() {
  const worker = navigator.serviceWorker?.controller;
  if (!worker) return [];
  const { port1, port2 } = new MessageChannel();
  return new Promise(done => {
    port1.onmessage = ({ data }) => done(data);
    worker.postMessage({ take: true }, [port2]);
  });
}
