// The search box offers pages while one types (combobox of the WAI-ARIA practices), and the results that htmx exchanges
// keep the reader's place. Without this script the box is a plain form, and each search a page of its own.
(function () {
  "use strict";

  const WAIT = 150;
  const LEAST = 2;
  let boxes = 0;

  if (window.htmx) {
    // A page that one comes back to is loaded: nothing of what a visitor saw stays in the browser.
    window.htmx.config.historyCacheSize = 0;
    window.htmx.config.refreshOnHistoryMiss = true;
  }

  function element(name, attributes, text) {
    const made = document.createElement(name);
    Object.entries(attributes).forEach(function ([key, value]) { made.setAttribute(key, value); });
    if (text) made.textContent = text;
    return made;
  }

  function offer(input) {
    if (input.getAttribute("role") === "combobox") return;
    const id = "suggestions-" + (boxes += 1);
    const list = element("div", { "id": id, "class": "suggestions", "role": "listbox", "aria-label": input.dataset.suggestLabel });
    const status = element("span", { "class": "visually-hidden", "role": "status" });
    const known = new Map();
    let options = [];
    let chosen = -1;
    let timer = 0;
    let asked = "";

    function close() {
      window.clearTimeout(timer);
      asked = "";
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      choose(-1);
    }

    function choose(place) {
      chosen = place;
      options.forEach(function (option, at) { option.setAttribute("aria-selected", String(at === place)); });
      if (place < 0) {
        input.removeAttribute("aria-activedescendant");
      } else {
        input.setAttribute("aria-activedescendant", options[place].id);
        options[place].scrollIntoView({ block: "nearest" });
      }
    }

    function group(found, number) {
      const title = element("div", { "id": id + "-" + number, "class": "suggestions-title", "role": "presentation" }, found.title);
      const box = element("div", { "role": "group", "aria-labelledby": title.id });
      box.append(title);
      found.items.forEach(function (item) {
        const option = element("a", { "id": id + "-option-" + options.length, "role": "option", "tabindex": "-1", "href": item.address }, item.title);
        options.push(option);
        box.append(option);
      });
      return box;
    }

    function show(groups) {
      options = [];
      list.replaceChildren(...groups.map(group));
      choose(-1);
      list.hidden = !options.length;
      input.setAttribute("aria-expanded", String(options.length > 0));
      status.textContent = options.length ? input.dataset.suggestFound.replace("{number}", options.length) : input.dataset.suggestNone;
    }

    async function ask() {
      const text = input.value.trim();
      asked = text;
      if (!known.has(text)) {
        const answer = await fetch(input.dataset.suggest + "?q=" + encodeURIComponent(text)).catch(function () { return null; });
        if (!answer || !answer.ok) return;
        known.set(text, (await answer.json()).groups);
      }
      // Something else may have been typed, or the list closed, while the answer was on its way.
      if (asked === text) show(known.get(text));
    }

    function typed() {
      window.clearTimeout(timer);
      if (input.value.trim().length < LEAST) close();
      else timer = window.setTimeout(ask, WAIT);
    }

    function pressed(event) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && list.hidden) {
        typed();
      } else if (step) {
        // One place more than there are options: that of what was typed.
        choose((chosen + 1 + step + options.length + 1) % (options.length + 1) - 1);
      } else if (event.key === "Enter" && chosen >= 0) {
        options[chosen].click();
      } else if (event.key !== "Escape" || list.hidden) {
        return;
      } else {
        close();
      }
      event.preventDefault();
    }

    list.hidden = true;
    Object.entries({ "role": "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id })
      .forEach(function ([key, value]) { input.setAttribute(key, value); });
    input.closest("form").addEventListener("submit", close);
    input.addEventListener("input", typed);
    input.addEventListener("keydown", pressed);
    input.addEventListener("blur", close);
    // The box keeps the focus, so that the list stays until the option is clicked.
    list.addEventListener("mousedown", function (event) { event.preventDefault(); });
    input.after(list, status);
  }

  function offerAll() {
    document.querySelectorAll("input[data-suggest]").forEach(offer);
  }

  // htmx keeps the focus on what has the same id in the new results. What is gone leaves it to their heading.
  function keepPlace() {
    const heading = document.querySelector("#search-results .search-count");
    if (heading && document.activeElement === document.body) heading.focus();
  }

  document.addEventListener("htmx:oobAfterSwap", function () {
    offerAll();
    window.setTimeout(keepPlace, 0);
  });
  offerAll();
}());
