/* The technician's page: time that runs, and readings per bay without typing signs. */
(function () {
  "use strict";
  var stamp = document.querySelector("[data-now]");
  var shift = stamp ? new Date(stamp.getAttribute("data-now")).getTime() - Date.now() : 0;

  function words(ms) {
    var minutes = Math.max(0, Math.floor(ms / 60000)), hours = Math.floor(minutes / 60);
    return (hours ? hours + " h " : "") + (minutes % 60) + " min";
  }
  function run() {
    document.querySelectorAll("[data-since]").forEach(function (part) {
      part.textContent = words(Date.now() + shift - new Date(part.getAttribute("data-since")).getTime());
    });
  }
  run();
  window.setInterval(run, 15000);

  // One small input per bay writes the line "0=online, 1=online"; without this script the line is typed.
  function chooser(choices, value, label, change) {
    var input = document.createElement(choices.length ? "select" : "input");
    // Nothing is chosen beforehand: each bay is read, not assumed.
    if (choices.length) { [""].concat(choices).forEach(function (choice) {
      var option = document.createElement("option");
      option.value = choice;
      option.textContent = choice || "Choose…";
      input.appendChild(option);
    }); } else { input.inputMode = "decimal"; input.autocomplete = "off"; }
    input.value = value || "";
    input.required = true;
    input.setAttribute("aria-label", label);
    input.addEventListener("input", change);
    return input;
  }
  document.querySelectorAll(".bf-bays").forEach(function (box) {
    var line = box.querySelector("textarea"), bays = Number(box.dataset.bays);
    if (!line || !bays) { return; }
    var choices = box.dataset.choices ? box.dataset.choices.split("|") : [], known = {}, inputs = [];
    line.value.split(",").forEach(function (pair) {
      var halves = pair.split("=");
      if (halves.length === 2) { known[halves[0].trim()] = halves[1].trim(); }
    });
    function write() {
      line.value = inputs.map(function (input, bay) { return bay + "=" + input.value.trim(); }).join(", ");
    }
    box.querySelectorAll(".bf-bays-row").forEach(function (row, bay) {
      var name = document.createElement("label");
      name.textContent = "Bay " + bay;
      inputs.push(chooser(choices, known[bay], "Bay " + bay, write));
      row.append(name, inputs[bay]);
    });
    line.closest(".bf-field").hidden = !box.querySelector(".bf-fault");
    line.required = false;
    line.form.addEventListener("submit", write);
  });
})();
