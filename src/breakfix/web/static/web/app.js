/* Small, progressive: clocks that tick, forms that cannot be sent twice, rows, copies, toasts, parts that stay fresh. */
(function () {
  "use strict";

  // The server's time, not the visitor's: the page says what time it is here, and from there we count.
  var stamp = document.querySelector("[data-now]");
  var shift = stamp ? new Date(stamp.getAttribute("data-now")).getTime() - Date.now() : 0;

  function span(ms) {
    var minutes = Math.floor(Math.abs(ms) / 60000), days = Math.floor(minutes / 1440);
    var hours = Math.floor((minutes % 1440) / 60), rest = minutes % 60, parts = [];
    if (days) { parts.push(days + " d"); }
    if (hours) { parts.push(hours + " h"); }
    if (rest || !parts.length) { parts.push(rest + " min"); }
    return parts.slice(0, 2).join(" ");
  }

  function tick() {
    document.querySelectorAll("[data-due]").forEach(function (clock) {
      var left = new Date(clock.getAttribute("data-due")).getTime() - Date.now() - shift;
      var words = clock.querySelector("[data-left]");
      // Clocks of business hours count slower than the wall: only the last day is counted here.
      if (words && left < 86400000 && !clock.hasAttribute("data-slow")) {
        words.textContent = left < 0 ? span(left) + " over" : span(left) + " left";
      }
      clock.classList.toggle("is-over", left < 0);
      clock.classList.toggle("is-close", left >= 0 && left < 900000);
    });
  }
  tick();
  window.setInterval(tick, 15000);
  document.addEventListener("htmx:afterSwap", tick);

  // What the reader unfolded stays unfolded when a part is drawn anew.
  var unfolded = [];
  document.addEventListener("htmx:beforeSwap", function () {
    unfolded = Array.prototype.map.call(document.querySelectorAll("details[open][id]"), function (one) { return one.id; });
  });
  document.addEventListener("htmx:afterSettle", function () {
    unfolded.forEach(function (id) { var one = document.getElementById(id); if (one) { one.open = true; } });
  });

  // A second press while the first is on its way does nothing, and the button says that it is on its way.
  var root = document.documentElement;
  function busy(on) { root.classList.toggle("is-busy", on); }
  function released(form) {
    delete form.dataset.sent;
    form.querySelectorAll("[aria-busy]").forEach(function (one) { one.removeAttribute("aria-busy"); });
  }
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    busy(true);
    if (event.submitter) { event.submitter.setAttribute("aria-busy", "true"); }
    window.setTimeout(function () { released(form); busy(false); }, 8000);
  });
  window.addEventListener("pageshow", function () {
    busy(false);
    document.querySelectorAll("form[data-sent]").forEach(released);
  });
  // What asks by itself in the background is nobody's wait.
  document.addEventListener("htmx:beforeRequest", function (event) {
    if (event.detail.elt.hasAttribute("data-poll")) { return; }
    busy(true);
    if (event.detail.target) { event.detail.target.setAttribute("aria-busy", "true"); }
  });
  document.addEventListener("htmx:afterRequest", function (event) {
    busy(false);
    if (event.detail.target) { event.detail.target.removeAttribute("aria-busy"); }
  });

  // Toasts are read out once the page stands, and can be closed.
  var toasts = document.querySelector(".bf-toasts"), closing = document.getElementById("toast-close");
  function closable(toast) {
    if (closing && !toast.querySelector("button")) { toast.appendChild(closing.content.cloneNode(true)); }
    return toast;
  }
  if (toasts) {
    var kept = Array.prototype.slice.call(toasts.children);
    window.setTimeout(function () {
      kept.forEach(function (toast) { toasts.appendChild(closable(toast.cloneNode(true))); toast.remove(); });
    }, 100);
  }
  document.addEventListener("bf:say", function (event) {
    var made = document.getElementById("toast").content.firstElementChild.cloneNode(true);
    made.querySelector("span").textContent = event.detail;
    toasts.replaceChildren(closable(made));
  });

  function renumber(row, number) {
    row.querySelectorAll("[name], [id], [for], [aria-describedby]").forEach(function (part) {
      ["name", "id", "for", "aria-describedby"].forEach(function (key) {
        if (part.hasAttribute(key)) { part.setAttribute(key, part.getAttribute(key).replace(/-\d+(-|$)/, "-" + number + "$1")); }
      });
      if (part.type === "checkbox" || part.type === "radio") { part.checked = false; } else if ("value" in part && part.type !== "hidden") { part.value = ""; }
    });
  }

  document.addEventListener("click", function (event) {
    // "Add a row" copies the last row of its list with the next number.
    var adds = event.target.closest("[data-add-row]");
    var rows = adds && document.getElementById(adds.getAttribute("data-add-row"));
    if (rows && rows.lastElementChild) {
      var fresh = rows.lastElementChild.cloneNode(true);
      renumber(fresh, rows.children.length);
      rows.appendChild(fresh);
      var first = fresh.querySelector("input:not([type=hidden]), select, textarea");
      if (first) { first.focus(); }
    }
    var copies = event.target.closest("[data-copy]");
    // A hash stands once on the page, behind its label in the title of what shows its beginning.
    if (copies && navigator.clipboard) {
      navigator.clipboard.writeText(copies.getAttribute("data-copy") || copies.parentElement.title.split(" ").pop());
    }
    var gone = event.target.closest("[data-dismiss]");
    if (gone) { gone.parentElement.remove(); }
    var fills = event.target.closest("[data-fill]");
    var filled = fills && document.getElementById(fills.getAttribute("data-fill"));
    if (filled) {
      filled.value = fills.getAttribute("data-value");
      (document.querySelector("input[type=password]") || filled).focus();
    }
  });

  // What is too large is said when it is chosen, not after a telephone has sent all of it.
  var most = Number(document.body.getAttribute("data-most"));
  document.addEventListener("change", function (event) {
    if (event.target.type !== "file" || !most) { return; }
    var large = Array.prototype.find.call(event.target.files, function (file) { return file.size > most * 1048576; });
    event.target.setCustomValidity(large ? large.name + " is too large: files may be up to " + most + " MiB. Split or compress it." : "");
    if (large) { event.target.reportValidity(); }
  });
  // Choosing again begins empty, so that the same file, made smaller, is looked at anew, and none is one, too.
  document.addEventListener("click", function (event) {
    if (event.target.type === "file" && event.target.validity.customError) { event.target.value = ""; event.target.setCustomValidity(""); }
  });

  root.classList.toggle("can-copy", Boolean(navigator.clipboard));

  // A part with data-poll asks again every so many seconds, a tenth as often when nobody looks; 304 changes nothing.
  var beats = 0;
  window.setInterval(function () {
    beats += 1;
    document.querySelectorAll("[data-poll]").forEach(function (part) {
      var every = Number(part.getAttribute("data-poll")) * (document.hidden ? 10 : 1);
      if (window.htmx && beats % every === 0) { window.htmx.trigger(part, "poll"); }
    });
  }, 1000);
  document.addEventListener("htmx:configRequest", function (event) {
    var tag = event.detail.elt.getAttribute("data-etag");
    if (tag) { event.detail.headers["If-None-Match"] = tag; }
  });
  function stale(on) { document.querySelectorAll("[data-stale]").forEach(function (one) { one.hidden = !on; }); }
  document.addEventListener("htmx:afterRequest", function (event) {
    // Not there any more for whoever looks: the access ended, and what stands here has to go.
    if (event.detail.elt.id === "engagement-head" && event.detail.xhr.status === 404) {
      window.location.replace(window.location.pathname);  // what was posted is not sent again
      return;
    }
    if (event.detail.elt.hasAttribute("data-poll")) { stale(event.detail.failed); }
    var tag = event.detail.xhr.getResponseHeader("ETag");
    if (tag) { event.detail.elt.setAttribute("data-etag", tag); }
  });

  var refusal = document.getElementById("refusal");
  if (refusal) { refusal.focus(); }
})();
