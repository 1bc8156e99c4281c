/* The offer: what somebody opens instead of approving is brought into sight, ready to be typed into. */
(function () {
  "use strict";
  document.querySelectorAll(".bf-choice").forEach(function (choice) {
    choice.addEventListener("toggle", function () {
      var field = choice.open && choice.querySelector("textarea, select, input:not([type=hidden])");
      if (field) { field.focus({ preventScroll: true }); choice.scrollIntoView({ block: "nearest" }); }
    });
  });
})();
