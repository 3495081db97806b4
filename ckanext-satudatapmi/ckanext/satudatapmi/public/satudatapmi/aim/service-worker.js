// Keeps an edition of the kiosk's screens and answers with it, with a network or without. An edition is a list of addresses
// with the SHA-256 of what stands there, signed by the portal (Ed25519, RFC 8032); its key came when an officer set the
// kiosk up. Nothing of an edition is shown before all of it is here and has been checked.

const KEY = new URL(self.location).searchParams.get("key");
const STATE_CACHE = "aim-state";
const STATE = "/aim/keadaan.json";
const EDITION = "/aim/edisi.json";
const FILES = "/aim/isi/";
const HEARTBEAT = "/aim/denyut";
const HOME = "/aim/";
const MINUTE = 60000;
const AT_ONCE = 6;
const WAIT_MS = 10000;

const bytes = (base64) => Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
const hex = (buffer) => [...new Uint8Array(buffer)].map((one) => one.toString(16).padStart(2, "0")).join("");
const cacheOf = (number) => `aim-edition-${number}`;

// ---- what the kiosk knows of itself -------------------------------------------------------------------------------------

async function readState() {
  const kept = await (await caches.open(STATE_CACHE)).match(STATE);
  return kept ? kept.json() : {};
}

async function writeState(changes) {
  const state = {...await readState(), ...changes};
  const cache = await caches.open(STATE_CACHE);
  await cache.put(STATE, new Response(JSON.stringify(state), {headers: {"Content-Type": "application/json"}}));
  return state;
}

// Writers take turns: each reads, changes and writes the whole.
let turn = Promise.resolve();
function inTurn(work) {
  turn = turn.then(work, work);
  return turn;
}

// ---- editions -------------------------------------------------------------------------------------------------------------

async function verified({manifest, signature}) {
  const key = await crypto.subtle.importKey("spki", bytes(KEY), {name: "Ed25519"}, false, ["verify"]);
  const content = new TextEncoder().encode(manifest);
  if (!await crypto.subtle.verify("Ed25519", key, bytes(signature), content)) throw new Error("the edition is not signed by the portal");
  return JSON.parse(manifest);
}

async function fetched(sha256) {
  for (;;) {
    const answer = await fetch(FILES + sha256, {credentials: "omit"});
    if (answer.status === 429) {
      await new Promise((go) => setTimeout(go, 1000 * (Number(answer.headers.get("Retry-After")) || 10)));
      continue;
    }
    if (!answer.ok) throw new Error(`${FILES}${sha256}: HTTP ${answer.status}`);
    const content = await answer.arrayBuffer();
    if (hex(await crypto.subtle.digest("SHA-256", content)) !== sha256) throw new Error(`${FILES}${sha256} is not what the edition lists`);
    return new Response(content, {headers: {"Content-Type": answer.headers.get("Content-Type"), "X-Sha256": sha256, "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'"}});
  }
}

async function holds(cache, address) {
  const kept = await cache?.match(address);
  return kept ? {kept, sha256: kept.headers.get("X-Sha256")} : {};
}

async function take(cache, former, address, sha256) {
  if ((await holds(cache, address)).sha256 === sha256) return;
  const before = await holds(former, address);
  await cache.put(address, before.sha256 === sha256 ? before.kept : await fetched(sha256));
}

async function takeAll(cache, former, files, tellProgress) {
  const left = Object.entries(files);
  const all = left.length;
  const worker = async () => {
    for (let next = left.pop(); next; next = left.pop()) {
      await take(cache, former, ...next);
      tellProgress(all - left.length, all);
    }
  };
  await Promise.all(Array.from({length: AT_ONCE}, worker));
}

async function sync(tellProgress = () => {}) {
  const state = await readState();
  if (!state.device) return;
  const answer = await fetch(EDITION, {cache: "no-store", credentials: "omit"});
  if (!answer.ok) throw new Error(`${EDITION}: HTTP ${answer.status}`);
  const edition = await verified(await answer.json());
  const files = Object.assign({}, ...["shared", ...state.device.tongues].map((one) => edition.files[one] ?? {}));
  const cache = await caches.open(cacheOf(edition.number));
  const former = state.edition && state.edition.number !== edition.number ? await caches.open(cacheOf(state.edition.number)) : null;
  await takeAll(cache, former, files, tellProgress);
  await inTurn(() => writeState({
    edition: {number: edition.number, made_at: edition.made_at, day: edition.day},
    home: state.device.tongues[0] === "id" ? HOME : `${HOME}${state.device.tongues[0]}/`,
    synced_at: new Date().toISOString(),
  }));
  const kept = new Set([STATE_CACHE, cacheOf(edition.number)]);
  for (const name of await caches.keys()) if (name.startsWith("aim-") && !kept.has(name)) await caches.delete(name);
}

// ---- reports to the operator ----------------------------------------------------------------------------------------------

async function report() {
  const state = await readState();
  const sent = state.shown ?? {};
  const answer = await fetch(HEARTBEAT, {
    method: "POST",
    credentials: "omit",
    headers: {"Content-Type": "application/json", Authorization: `Bearer ${state.device.secret}`},
    body: JSON.stringify({edition: state.edition?.number ?? null, synced_at: state.synced_at ?? null, shown: sent}),
  });
  if (!answer.ok) throw new Error(`${HEARTBEAT}: HTTP ${answer.status}`);
  const {place, wilayah, tongues, slip} = await answer.json();
  await inTurn(async () => {
    const now = await readState();
    const shown = {...now.shown};
    for (const [key, count] of Object.entries(sent)) {
      shown[key] -= count;
      if (shown[key] <= 0) delete shown[key];
    }
    await writeState({device: {...now.device, place, wilayah, tongues, slip}, shown, reported_at: new Date().toISOString()});
  });
}

const isDue = (at, minutes) => !at || Date.now() - Date.parse(at) >= minutes * MINUTE;

async function lookAfter({screen, every}) {
  if (screen !== undefined) {
    const hour = `${new Date().toISOString().slice(0, 13)}:00Z ${screen}`;
    await inTurn(async () => {
      const {shown = {}} = await readState();
      await writeState({shown: {...shown, [hour]: (shown[hour] ?? 0) + 1}});
    });
  }
  const state = await readState();
  if (!state.device) return;
  // Tried at, not done at: a kiosk without a network does not try at every touch.
  if (isDue(state.tried_at, every.heartbeat)) {
    await inTurn(() => writeState({tried_at: new Date().toISOString()}));
    await report().catch((error) => console.warn(error.message));
    if (isDue(state.synced_at, every.sync)) await sync().catch((error) => console.warn(error.message));
  }
}

// ---- answers ----------------------------------------------------------------------------------------------------------------

async function answered(request) {
  const url = new URL(request.url);
  if (url.pathname === STATE) return (await (await caches.open(STATE_CACHE)).match(STATE)) ?? new Response("{}", {headers: {"Content-Type": "application/json"}});
  const {edition, home} = await readState();
  const cache = edition && await caches.open(cacheOf(edition.number));
  const kept = await cache?.match(url.pathname);
  if (kept) return kept;
  try {
    return await fetch(request, request.mode === "navigate" ? {signal: AbortSignal.timeout(WAIT_MS)} : {});
  } catch (error) {
    const start = request.mode === "navigate" && await cache?.match(home);
    if (start) return start;
    throw error;
  }
}

const LIVE = [EDITION, HEARTBEAT, "/aim/pasang"];
const isOurs = ({method, url}) => method === "GET" && new URL(url).origin === self.location.origin && !url.includes(FILES) && !LIVE.includes(new URL(url).pathname);

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => { if (isOurs(event.request)) event.respondWith(answered(event.request)); });
self.addEventListener("message", (event) => {
  const {kind, ...told} = event.data;
  if (kind === "shown") event.waitUntil(lookAfter(told));
  if (kind === "set-up") event.waitUntil(setUp(told.device, event.ports[0]));
});

async function setUp(device, port) {
  try {
    await inTurn(() => writeState({device}));
    await report();
    await sync((done, all) => port.postMessage({done, all}));
    const {home} = await readState();
    port.postMessage({home});
  } catch (error) {
    port.postMessage({error: error.message || error.name});
  }
}
