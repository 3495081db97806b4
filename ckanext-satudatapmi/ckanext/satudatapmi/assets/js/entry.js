// The web form in steps: questions appear when they apply, tables grow, codes are suggested while one types. Without this
// script every question is there, with the rule beside it in words.
(function () {
  "use strict";

  const form = document.querySelector("[data-entry-form]");
  if (!form) {
    return;
  }
  const known = JSON.parse(form.dataset.known);
  const conditional = [...form.querySelectorAll("[data-applies]")];

  function answersTo(name) {
    const here = form.elements.namedItem(name);
    return here ? new FormData(form).getAll(name) : known[name] || [];
  }

  // Whatever holds an answer stays in sight, so that nothing is kept or lost unseen.
  function isAnswered(entry) {
    return [...entry.querySelectorAll("input:not([type=hidden]), textarea, select")].some((at) =>
      at.type === "radio" || at.type === "checkbox" ? at.checked && at.value : at.value.trim()
    );
  }

  function showWhatApplies() {
    for (const entry of conditional) {
      const applies = JSON.parse(entry.dataset.applies).every((one) =>
        answersTo(one.field).some((value) => one.values.includes(value))
      );
      entry.hidden = !applies && !isAnswered(entry) && !entry.contains(document.activeElement);
      entry.classList.toggle("entry-unasked", !applies);
    }
  }

  function addRow(entry) {
    const rows = entry.querySelector("[data-rows]");
    const last = rows.querySelector("[data-row]:last-child");
    const row = last.cloneNode(true);
    const number = rows.children.length;
    row.querySelectorAll("input, textarea").forEach((at) => {
      at.value = "";
      at.removeAttribute("id");
      at.name = at.name.replace(/__\d+__/, `__${number}__`);
      at.setAttribute("aria-label", at.getAttribute("aria-label").replace(/\d+(?=\D*$)/, number + 1));
    });
    const heading = row.querySelector("th");
    if (heading) {
      heading.textContent = number + 1;
    }
    rows.append(row);
    row.querySelector("input, textarea").focus();
  }

  async function suggest(input) {
    const list = input.list;
    const text = input.value.trim();
    if (!list || !list.dataset.suggest || text.length < 2) {
      return;
    }
    const answer = await fetch(`${list.dataset.suggest}?q=${encodeURIComponent(text)}`);
    if (!answer.ok || input.value.trim() !== text) {
      return;
    }
    const offers = await answer.json();
    list.replaceChildren(...offers.map((offer) => {
      const option = document.createElement("option");
      option.value = offer.value;
      option.textContent = offer.label;
      return option;
    }));
  }

  let waiting;
  form.addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => suggest(event.target), 200);
  });
  form.addEventListener("change", showWhatApplies);
  form.querySelectorAll("[data-add-row]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => addRow(button.closest(".entry")));
  });
  showWhatApplies();
  const summary = document.getElementById("what-is-wrong");
  if (summary) {
    summary.focus();
  }
})();
