// Makes a device a kiosk: its service worker is told who it is, fetches the current edition and checks its signature.

const one = (selector) => document.querySelector(selector);
const show = (selector) => { one(selector).hidden = false; };

async function worker() {
  const key = encodeURIComponent(document.body.dataset.key);
  await navigator.serviceWorker.register(`/aim/service-worker.js?key=${key}`, {scope: "/aim/"});
  return (await navigator.serviceWorker.ready).active;
}

function hear({data}) {
  if (data.error) {
    show("#failed");
    one("#failed span").textContent = data.error;
  } else if (data.home) {
    location.replace(data.home);
  } else {
    Object.assign(one("#taken"), {value: data.done, max: data.all});
  }
}

async function setUp(secret) {
  one("#no-link").hidden = true;
  if (!navigator.serviceWorker) return show("#no-worker");
  show("#taking");
  // Browsers throw away what they hold for a site when they need room, unless it asks them not to.
  await navigator.storage?.persist?.();
  const channel = new MessageChannel();
  channel.port1.onmessage = hear;
  (await worker()).postMessage({kind: "set-up", device: {secret}}, [channel.port2]);
}

const secret = location.hash.slice(1);
if (secret) {
  history.replaceState(null, "", location.pathname);
  setUp(secret).catch((error) => hear({data: {error: error.message || error.name}}));
}
