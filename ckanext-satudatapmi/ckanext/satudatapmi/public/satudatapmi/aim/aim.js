// What a screen of the kiosk does by script. Every screen can be read and used without; on a visitor's own device nothing
// but looks, reading aloud, printing and the register's search happens here. A kiosk is a device that an officer has set up:
// its screens come from the service worker, which keeps them, and it forgets a visitor after a while.

const STATE = "/aim/keadaan.json";
const BASE = "/aim/";
const LOOKS = ["large", "contrast", "low"];
const DAY_MS = 86400000;
const SECOND_MS = 1000;
const MINUTE_MS = 60000;
const INVITATION_MS = 5000;
const root = document.documentElement;
const one = (selector) => document.querySelector(selector);
const told = (name) => JSON.parse(document.body.dataset[name]);
const isKiosk = () => Boolean(navigator.serviceWorker?.controller);

// ---- looks -----------------------------------------------------------------------------------------------------------

function lookAs(name, isOn) {
  root.classList.toggle(name, isOn);
  one(`[data-look="${name}"]`).setAttribute("aria-pressed", isOn);
  if (isOn) sessionStorage.setItem(`aim-${name}`, "1");
  else sessionStorage.removeItem(`aim-${name}`);
}

// ---- reading aloud -----------------------------------------------------------------------------------------------------

const voice = new Audio();
voice.preload = "none";

function silence() {
  voice.pause();
  voice.removeAttribute("src");
  one("#aloud")?.setAttribute("aria-pressed", "false");
}

async function readAloud(link) {
  if (!voice.paused) return silence();
  voice.src = link.href;
  link.setAttribute("aria-pressed", "true");
  return voice.play().catch(silence);
}

voice.addEventListener("ended", silence);
addEventListener("pagehide", silence);

// ---- the register of agencies, asked as portal/kiosk/agencies.py asks it -----------------------------------------------

function words(text, passed) {
  const plain = text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
  return plain.split(/[^a-z0-9]+/).filter((word) => word && !passed.includes(word));
}

async function findAgencies(form, text) {
  const asked = words(text, form.dataset.passed.split(" "));
  const agencies = asked.length ? await (await fetch(form.dataset.register)).json() : [];
  return agencies.filter((agency) => asked.every((word) => agency.words.some((known) => known.startsWith(word))));
}

function agencyLine(agency, below) {
  const line = one("#agency").content.cloneNode(true);
  line.querySelector("a").href = below + agency.name;
  line.querySelector("b").textContent = agency.title;
  const status = line.querySelector(`[data-status="${CSS.escape(agency.status)}"]`);
  if (status) status.hidden = false;
  return line;
}

async function showAgencies(form) {
  const asked = new FormData(form).get("q").trim();
  const found = await findAgencies(form, asked);
  const shown = found.slice(0, Number(form.dataset.most));
  one("#found").replaceChildren(...shown.map((agency) => agencyLine(agency, form.dataset.below)));
  one("#none").hidden = found.length > 0 || !asked;
  one("#count").textContent = asked ? found.length : "";
}

// A kiosk has no keyboard; what is pressed here is asked at once.
function write(letter) {
  const field = one("#q");
  field.value = letter ? field.value + letter : field.value.slice(0, -1);
  showAgencies(field.form);
}

// ---- how old it is --------------------------------------------------------------------------------------------------------

const today = () => new Intl.DateTimeFormat("sv-SE", {timeZone: "Asia/Jakarta"}).format(new Date());

function removeEnded() {
  for (const part of document.querySelectorAll("[data-until]")) if (part.dataset.until < today()) part.remove();
}

function showAge({edition}) {
  const days = (Date.now() - Date.parse(edition.made_at)) / DAY_MS;
  const {warn_days: warn, hide_days: hide} = told("stale");
  one("#outdated").hidden = days <= warn;
  root.dataset.old = days > hide ? "hide" : "";
  const shown = one(".data-of time");
  const language = root.lang === "en" ? "en-GB" : "id-ID";
  shown.dateTime = edition.day;
  shown.textContent = new Intl.DateTimeFormat(language, {dateStyle: "long", timeZone: "UTC"}).format(new Date(edition.day));
}

// ---- kiosk: nobody finds what the visitor before has left -----------------------------------------------------------------

let [asking, inviting, counting] = [];
let home = BASE;

function startAnew() {
  silence();
  sessionStorage.clear();
  localStorage.clear();
  location.replace(home);
}

function askWhoIsThere() {
  let left = told("idle").answer_within;
  const shown = one("#idle-left");
  shown.textContent = left;
  one("#idle").showModal();
  counting = setInterval(() => {
    left -= 1;
    shown.textContent = left;
    if (left <= 0) startAnew();
  }, SECOND_MS);
}

const isUntouched = () => location.pathname === home && !LOOKS.some((name) => root.classList.contains(name));

function waitForVisitor() {
  clearTimeout(asking);
  clearTimeout(inviting);
  clearInterval(counting);
  const {ask_after: ask, attract_after: invite} = told("idle");
  if (isUntouched()) inviting = setTimeout(invitePassers, invite * SECOND_MS);
  else asking = setTimeout(askWhoIsThere, ask * SECOND_MS);
}

function invitePassers() {
  const invitation = one("#attract");
  const questions = [...invitation.querySelectorAll(".attract-words > span")];
  let shown = 0;
  invitation.hidden = false;
  invitation.focus();
  counting = setInterval(() => {
    questions[shown].hidden = true;
    shown = (shown + 1) % questions.length;
    questions[shown].hidden = false;
  }, INVITATION_MS);
}

function welcome() {
  one("#attract").hidden = true;
  one("main").focus();
  waitForVisitor();
}

function noticeVisitor() {
  if (!one("#idle").open && one("#attract").hidden) waitForVisitor();
}

// ---- kiosk: one screen takes the place of the other -----------------------------------------------------------------------

// "Back" of the browser leads to nobody's past, and the frame is not loaded anew: the answer is there at once.
async function goTo(address) {
  const answer = await fetch(address).catch(() => null);
  if (!answer?.ok) return location.replace(address);
  const screen = new DOMParser().parseFromString(await answer.text(), "text/html");
  silence();
  document.body.replaceWith(screen.body);
  document.title = screen.title;
  root.lang = screen.documentElement.lang;
  history.replaceState(null, "", address);
  scrollTo(0, 0);
  one("main").focus({preventScroll: true});
  return arrive();
}

function followLink(event, link) {
  if (!isKiosk() || event.defaultPrevented || link.hash || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  if (link.origin === location.origin && link.pathname.startsWith(BASE)) goTo(link.href);
}

// ---- kiosk: what it holds, and what it tells its operator -------------------------------------------------------------------

async function readState() {
  const answer = await fetch(STATE).catch(() => null);
  return answer?.ok ? answer.json() : {};
}

function report(screen) {
  const {sync, heartbeat} = told("minutes");
  navigator.serviceWorker.controller.postMessage({kind: "shown", screen, every: {sync, heartbeat}});
}

async function beKiosk() {
  document.querySelectorAll(".keys").forEach((keys) => { keys.hidden = false; });
  waitForVisitor();
  report(document.body.dataset.screen.split("/")[0]);
  const {edition, device, home: first = BASE} = await readState();
  home = first;
  if (!edition) return;
  root.dataset.slip = device.slip;
  showAge({edition});
  const near = one(`[data-area="${CSS.escape(device.wilayah.slice(0, 2))}"]`)?.closest("li");
  near?.classList.add("near");
  near?.parentElement.prepend(near);
}

// ---- every screen ---------------------------------------------------------------------------------------------------------

function arrive() {
  // Without scripts it is a link to the clip; here it is pressed, and pressed again.
  one("a#aloud")?.setAttribute("role", "button");
  one("a#aloud")?.setAttribute("aria-pressed", "false");
  document.querySelectorAll(".needs-script").forEach((part) => { part.hidden = false; });
  LOOKS.filter((name) => sessionStorage.getItem(`aim-${name}`)).forEach((name) => lookAs(name, true));
  removeEnded();
  if (isKiosk()) beKiosk();
}

function onClick(event) {
  const touched = event.target.closest("a[href], button");
  if (!touched) return;
  if (touched.id === "aloud") {
    event.preventDefault();
    readAloud(touched);
  } else if (touched.dataset.look) {
    lookAs(touched.dataset.look, !root.classList.contains(touched.dataset.look));
  } else if (touched.dataset.letter !== undefined) {
    write(touched.dataset.letter);
  } else if (touched.id === "print") {
    print();
    one("#printed").hidden = false;
  } else if (touched.id === "attract") {
    welcome();
  } else if (touched.closest("#idle")) {
    one("#idle").close();
    waitForVisitor();
  } else if (touched.href) {
    followLink(event, touched);
  }
}

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches("input, textarea, select")) return;
  if (event.key === "Escape") one(".choices").open = false;
  const named = one(`[data-key="${CSS.escape(event.key)}"]`);
  if (!named || one("#idle").open || !one("#attract").hidden) return;
  event.preventDefault();
  named.click();
}

document.addEventListener("click", onClick);
document.addEventListener("keydown", onKey);
document.addEventListener("submit", (event) => {
  event.preventDefault();
  showAgencies(event.target);
});
document.addEventListener("cancel", waitForVisitor, {capture: true});
// A page that the browser took out of its memory shows what a visitor had typed.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
if (isKiosk()) {
  for (const kind of ["pointerdown", "keydown", "scroll", "input"]) addEventListener(kind, noticeVisitor, {passive: true});
  setInterval(() => report(), told("minutes").heartbeat * MINUTE_MS);
}
arrive();
