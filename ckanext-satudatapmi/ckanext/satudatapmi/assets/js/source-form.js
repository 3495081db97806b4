// Shows the options of the chosen source type alone, unfolded. Without this script all are there, folded up.
(function () {
  "use strict";

  const sections = [...document.querySelectorAll("[data-protocol]")];
  const types = [...document.querySelectorAll("input[name=source_type]")];

  function showChosen() {
    const chosen = types.find((type) => type.checked);
    for (const section of sections) {
      const counts = section.dataset.protocol === "common" || !chosen || section.dataset.protocol === chosen.value;
      section.hidden = !counts;
      if (chosen && section.dataset.protocol === chosen.value) {
        section.open = true;
      }
    }
  }

  types.forEach((type) => type.addEventListener("change", showChosen));
  showChosen();
})();
