// The wall exchanges its screen without leaving a blank display, and says so when it cannot reach the portal. Without this
// script each screen is a page of its own.
(function () {
  "use strict";

  const MILLISECONDS = 1000;
  const frame = function () { return document.getElementById("wall-frame"); };
  let timer = 0;

  function wait() {
    window.clearTimeout(timer);
    const seconds = Number(frame().dataset.seconds);
    if (seconds) timer = window.setTimeout(function () { show(frame().dataset.after); }, seconds * MILLISECONDS);
  }

  function cut() {
    const shown = frame();
    if (shown.classList.contains("is-cut")) return;
    const time = new Date().toLocaleTimeString(document.documentElement.lang, { "hour": "2-digit", "minute": "2-digit" });
    shown.classList.add("is-cut");
    shown.querySelector(".wall-cut").textContent = shown.dataset.cut.replace("{time}", time);
  }

  async function show(address) {
    try {
      const answer = await fetch(address, { "headers": { "Accept": "text/html" } });
      if (!answer.ok) throw new Error(address + ": HTTP " + answer.status);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const came = page.getElementById("wall-frame");
      if (!came) throw new Error(address + " is no screen of the wall");
      frame().replaceWith(came);
      document.title = page.title;
      window.history.replaceState(null, "", address);
    } catch (error) {
      cut();
      console.warn(error.message);
    }
    wait();
  }

  function pressed(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("a, button, [tabindex='0']") && event.key === " ") return;
    const shown = frame().dataset;
    const wanted = { "ArrowRight": shown.after, "ArrowLeft": shown.before, " ": shown.turned }[event.key];
    if (wanted) {
      event.preventDefault();
      show(wanted);
    } else if (event.key === "f") {
      if (document.fullscreenElement) document.exitFullscreen();
      else document.documentElement.requestFullscreen();
    }
  }

  document.addEventListener("keydown", pressed);
  wait();
}());
