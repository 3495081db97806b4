// The interactive table of CKAN makes its fields and a measuring frame by script, and gives neither a name. Screen
// readers need one: a filter gets the heading of its column, the frame is hidden from them.
(function () {
  "use strict";

  function nameField(field) {
    const cell = field.closest("th");
    const heading = cell && cell.closest("thead").rows[0].cells[cell.cellIndex];
    const name = heading ? heading.textContent.trim() : document.title;
    if (name && !field.labels.length) {
      field.setAttribute("aria-label", name);
    }
  }

  function hideFrame(frame) {
    frame.setAttribute("title", document.title);
    frame.setAttribute("aria-hidden", "true");
    frame.tabIndex = -1;
  }

  function nameAll() {
    document.querySelectorAll("input:not([aria-label]):not([type=hidden])").forEach(nameField);
    document.querySelectorAll("iframe:not([title])").forEach(hideFrame);
  }

  new MutationObserver(nameAll).observe(document.body, { childList: true, subtree: true });
  nameAll();
})();
