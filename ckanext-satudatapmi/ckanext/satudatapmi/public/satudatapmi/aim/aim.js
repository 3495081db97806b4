// What a screen of the kiosk does by script. Every screen can be read and used without; on a visitor's own device nothing
// but looks, reading aloud and printing happens here. A kiosk is a device that an officer has set up: its screens come from
// the service worker, which keeps them, and it forgets a visitor after a while.

const STATE = "/aim/keadaan.json";
const LOOKS = ["large", "contrast", "low"];
const DAY_MS = 86400000;
const body = document.body;
const root = document.documentElement;
const told = (name) => JSON.parse(body.dataset[name]);
const one = (selector) => document.querySelector(selector);
const isKiosk = () => Boolean(navigator.serviceWorker?.controller);

// ---- looks -----------------------------------------------------------------------------------------------------------

function lookAs(name, isOn) {
  root.classList.toggle(name, isOn);
  one(`[data-look="${name}"]`).setAttribute("aria-pressed", isOn);
  if (isOn) sessionStorage.setItem(`aim-${name}`, "1");
  else sessionStorage.removeItem(`aim-${name}`);
}

for (const button of document.querySelectorAll("[data-look]")) {
  const name = button.dataset.look;
  button.addEventListener("click", () => lookAs(name, !root.classList.contains(name)));
}
LOOKS.filter((name) => sessionStorage.getItem(`aim-${name}`)).forEach((name) => lookAs(name, true));
document.querySelectorAll(".needs-script").forEach((part) => { part.hidden = false; });

// ---- reading aloud -----------------------------------------------------------------------------------------------------

const aloud = one("#aloud");
const voice = new Audio();
voice.preload = "none";

function silence() {
  voice.pause();
  voice.currentTime = 0;
  aloud?.setAttribute("aria-pressed", "false");
}

aloud?.addEventListener("click", async (event) => {
  event.preventDefault();
  if (!voice.paused) return silence();
  if (!voice.src) voice.src = aloud.href;
  aloud.setAttribute("aria-pressed", "true");
  await voice.play().catch(silence);
});
voice.addEventListener("ended", silence);
addEventListener("pagehide", silence);

// ---- printing ----------------------------------------------------------------------------------------------------------

one("#print")?.addEventListener("click", () => {
  print();
  one("#printed").hidden = false;
});

// ---- keys --------------------------------------------------------------------------------------------------------------

const isTyping = (target) => target.matches("input, textarea, select");

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
  if (event.key === "Escape") one(".choices").open = false;
  const named = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!named || one("#idle").open) return;
  event.preventDefault();
  named.click();
});

// ---- what an agency's licence is ---------------------------------------------------------------------------------------

const find = one("#find");

function folded(text) {
  return text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "").split(/[^a-z0-9]+/).filter((word) => word && !find.dataset.passed.split(" ").includes(word));
}

async function findAgencies(text) {
  const agencies = await (await fetch(find.dataset.register)).json();
  const words = folded(text);
  return words.length ? agencies.filter((agency) => words.every((word) => agency.words.some((known) => known.startsWith(word)))) : [];
}

function showAgencies(found, asked) {
  const list = one("#found");
  const pattern = one("#agency");
  list.replaceChildren(...found.slice(0, Number(find.dataset.most)).map((agency) => {
    const line = pattern.content.cloneNode(true);
    const link = line.querySelector("a");
    link.href = `${find.dataset.below}${agency.name}`;
    link.querySelector("b").textContent = agency.title;
    const shown = line.querySelector(`[data-status="${agency.status}"]`);
    if (shown) shown.hidden = false;
    return line;
  }));
  one("#none").hidden = found.length > 0 || !asked.trim();
  one("#count").textContent = asked.trim() ? found.length : "";
}

find?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const asked = new FormData(find).get("q");
  showAgencies(await findAgencies(asked), asked);
});

// ---- what has come to its end ------------------------------------------------------------------------------------------

const today = () => new Intl.DateTimeFormat("sv-SE", {timeZone: "Asia/Jakarta"}).format(new Date());

function removeEnded() {
  for (const part of document.querySelectorAll("[data-until]")) if (part.dataset.until < today()) part.remove();
}

function showAge(state) {
  const days = (Date.now() - Date.parse(state.edition.made_at)) / DAY_MS;
  const {warn_days: warn, hide_days: hide} = told("stale");
  one("#outdated").hidden = days <= warn;
  root.dataset.old = days > hide ? "hide" : days > warn ? "warn" : "";
  const day = one(".data-of time");
  day.dateTime = state.edition.day;
  day.textContent = new Intl.DateTimeFormat(root.lang === "en" ? "en-GB" : "id-ID", {day: "numeric", month: "long", year: "numeric"}).format(new Date(`${state.edition.day}T12:00:00`));
}

// ---- kiosk: nobody finds what the visitor before has left -----------------------------------------------------------------

const idle = one("#idle");
const attract = one("#attract");
let [asking, inviting, counting] = [];

async function startAnew() {
  silence();
  sessionStorage.clear();
  localStorage.clear();
  const state = await readState();
  location.replace(state?.home ?? body.dataset.home);
}

function askWhoIsThere() {
  let left = told("idle").answer_within;
  one("#idle-left").textContent = left;
  idle.showModal();
  counting = setInterval(() => {
    left -= 1;
    one("#idle-left").textContent = left;
    if (left <= 0) startAnew();
  }, 1000);
}

const isUntouched = () => body.dataset.screen === "" && !LOOKS.some((name) => root.classList.contains(name));

function waitForVisitor() {
  clearTimeout(asking);
  clearTimeout(inviting);
  clearInterval(counting);
  const {ask_after: ask, attract_after: invite} = told("idle");
  if (isUntouched()) inviting = setTimeout(showInvitation, invite * 1000);
  else asking = setTimeout(askWhoIsThere, ask * 1000);
}

function showInvitation() {
  attract.hidden = false;
  attract.focus();
  const words = [...attract.querySelectorAll(".attract-words > span")];
  let shown = 0;
  counting = setInterval(() => {
    words[shown].hidden = true;
    shown = (shown + 1) % words.length;
    words[shown].hidden = false;
  }, 5000);
}

function watchVisitor() {
  for (const kind of ["pointerdown", "keydown", "scroll", "input"]) {
    addEventListener(kind, () => { if (!idle.open && attract.hidden) waitForVisitor(); }, {passive: true});
  }
  idle.querySelector("button").addEventListener("click", () => idle.close());
  idle.addEventListener("close", waitForVisitor);
  attract.addEventListener("click", () => {
    attract.hidden = true;
    one("main").focus();
    waitForVisitor();
  });
  waitForVisitor();
}

// One screen takes the place of the other, so that "back" of the browser leads to nobody's past.
function leaveNoHistory() {
  addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || link.id === "aloud" || link.hash) return;
    event.preventDefault();
    if (link.origin === location.origin && link.pathname.startsWith("/aim")) location.replace(link.href);
  });
}

// ---- kiosk: what it holds, and what it tells its operator -------------------------------------------------------------------

async function readState() {
  if (!isKiosk()) return null;
  const answer = await fetch(STATE).catch(() => null);
  return answer?.ok ? answer.json() : null;
}

function tell(message) {
  navigator.serviceWorker.controller.postMessage(message);
}

async function beKiosk() {
  leaveNoHistory();
  watchVisitor();
  const {sync, heartbeat} = told("minutes");
  tell({kind: "shown", screen: body.dataset.screen.split("/")[0], every: {sync, heartbeat}});
  setInterval(() => tell({kind: "shown", every: {sync, heartbeat}}), heartbeat * 60000);
  const state = await readState();
  if (!state?.edition) return;
  root.dataset.slip = state.device.slip;
  showAge(state);
  document.querySelector(`[data-area="${state.device.wilayah.slice(0, 2)}"]`)?.closest("li").classList.add("near");
}

// A page that the browser took out of its memory shows what a visitor had typed.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
removeEnded();
if (isKiosk()) beKiosk();
