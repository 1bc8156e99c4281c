/* The quote builder: rows come and go in place; without this script the server does the same. */
(function () {
  "use strict";
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-add-row], [data-drop-row]");
    if (!button) { return; }
    event.preventDefault();
    if (!button.hasAttribute("data-drop-row")) { return; }
    // An empty row is no row: the last one that stands is emptied, every other one goes.
    var row = button.closest(".bf-grid > div, .bf-blocks > div"), list = row.parentElement;
    row.querySelectorAll("input, select, textarea").forEach(function (field) { field.value = ""; });
    var next = row.nextElementSibling || row.previousElementSibling;
    row.dispatchEvent(new Event("input", { bubbles: true }));
    if (list.children.length > 1 && row === list.lastElementChild) { row.remove(); } else { next = row; }
    var field = next.querySelector("input, select, textarea");
    if (field) { field.focus(); }
  });

  // Enter in a field of the last row opens the next one: rows without the mouse.
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || !event.target.matches(".bf-grid input")) { return; }
    event.preventDefault();
    var row = event.target.closest(".bf-grid > div"), list = row.parentElement;
    var next = row.nextElementSibling;
    if (next) { next.querySelector("input, select").focus(); return; }
    var more = document.querySelector('[data-add-row="' + list.id + '"]');
    if (more) { more.click(); }
  });
})();
