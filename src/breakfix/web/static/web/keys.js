/* The keyboard's half: the palette, the list of keys, moving through lists, and deeds shown in place before they are done. */
(function () {
  "use strict";

  var palette = document.getElementById("palette"), words = document.getElementById("palette-words");
  var found = document.getElementById("palette-found"), said = document.getElementById("palette-said");
  var keys = document.getElementById("keys"), sheet = document.getElementById("sheet");
  if (!palette || !palette.showModal) { return; }

  function read(address) {
    return fetch(address, { credentials: "same-origin" }).then(function (answer) {
      return answer.text().then(function (text) {
        return { answer: answer, page: new DOMParser().parseFromString(text, "text/html") };
      });
    });
  }
  function say(text) { document.dispatchEvent(new CustomEvent("bf:say", { detail: text })); }
  function bones(into) { into.replaceChildren(document.getElementById("bones").content.cloneNode(true)); }

  // ---- the palette

  var asked = 0, wait = 0;
  function options() { return Array.prototype.slice.call(found.querySelectorAll("[role=option]")); }
  function choose(one) {
    options().forEach(function (option) { option.setAttribute("aria-selected", option === one ? "true" : "false"); });
    if (one) { words.setAttribute("aria-activedescendant", one.id); one.scrollIntoView({ block: "nearest" }); } else { words.removeAttribute("aria-activedescendant"); }
  }
  function ask() {
    var mine = ++asked;
    read(palette.querySelector("form").getAttribute("action") + "?part=1&words=" + encodeURIComponent(words.value)).then(function (got) {
      if (mine !== asked) { return; }
      if (!got.answer.ok || got.answer.redirected) { window.location.reload(); return; }
      found.replaceChildren.apply(found, got.page.body.childNodes);
      choose(options()[0]);
      said.textContent = options().length ? options().length + " found" : "Nothing matches";
    }).catch(function () { said.textContent = "No connection"; });
  }
  function openPalette() {
    if (palette.open) { return; }
    if (keys.open) { keys.close(); }
    palette.showModal();
    words.value = "";
    bones(found);
    words.focus();
    ask();
  }
  words.addEventListener("input", function () { window.clearTimeout(wait); wait = window.setTimeout(ask, 120); });
  words.addEventListener("keydown", function (event) {
    var every = options(), at = every.findIndex(function (one) { return one.getAttribute("aria-selected") === "true"; });
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (every.length) { choose(every[(at + (event.key === "ArrowDown" ? 1 : -1) + every.length) % every.length]); }
    } else if (event.key === "Enter" && every[at]) {
      event.preventDefault();
      window.location.assign(every[at].href);
    }
  });

  // ---- a deed in place: what a link with data-sheet leads to, shown above the page it was asked from

  function openSheet(link) {
    var title = document.getElementById("sheet-title"), body = document.getElementById("sheet-body");
    title.textContent = "One moment";
    bones(body);
    sheet.showModal();
    read(link.href).then(function (got) {
      var part = got.page.querySelector("[data-part]");
      if (!part || !sheet.open) { if (!part) { window.location.assign(link.href); } return; }
      title.textContent = part.getAttribute("data-part");
      body.replaceChildren(document.importNode(part, true));
      var first = body.querySelector("[autofocus], input:not([type=hidden]), button[type=submit]") || sheet.querySelector("[data-close]");
      first.focus({ preventScroll: true });
    }).catch(function () { window.location.assign(link.href); });
  }

  document.addEventListener("click", function (event) {
    var plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (plain && event.target.closest("[data-palette]")) { event.preventDefault(); openPalette(); }
    var link = plain && event.target.closest("a[data-sheet]");
    if (link) { event.preventDefault(); openSheet(link); }
    var close = event.target.closest("[data-close]");
    if (close && close.closest("dialog")) { close.closest("dialog").close(); }
    if (event.target.tagName === "DIALOG") { event.target.close(); } // beside it, on the backdrop
    document.querySelectorAll(".bf-rest[open]").forEach(function (more) { if (!more.contains(event.target)) { more.open = false; } });
  });

  // ---- single keys: never while somebody types, and only while they are wanted

  var box = document.getElementById("keys-on");
  function wanted() { try { return window.localStorage.getItem("bf-keys") !== "off"; } catch (no) { return true; } }
  box.checked = wanted();
  box.addEventListener("change", function () { try { window.localStorage.setItem("bf-keys", box.checked ? "on" : "off"); } catch (no) { /* not kept */ } });

  function stops() { return Array.prototype.slice.call(document.querySelectorAll("main .bf-job-title, main a.bf-item, main a.bf-ticket, main .bf-row-link")).filter(function (one) { return one.offsetParent; }); }
  function step(by) {
    var every = stops(), at = every.indexOf(document.activeElement);
    var next = every[at < 0 ? (by > 0 ? 0 : every.length - 1) : Math.min(every.length - 1, Math.max(0, at + by))];
    if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
    return !!next;
  }
  function press(name) {
    var job = document.activeElement.closest && document.activeElement.closest(".bf-job");
    if (!document.querySelector(".bf-job")) { return false; }
    // With no card in hand, the first that waits for this deed.
    var link = job ? job.querySelector("[data-key=" + name + "]") : document.querySelector("[data-key=" + name + "]");
    if (link) { openSheet(link); } else { say(name === "a" ? (job ? "Nobody has to be assigned here now." : "Nobody has to be assigned now.") : (job ? "This one is acknowledged." : "Everything is acknowledged.")); }
    return true;
  }
  function typing(target) { return target.closest && target.closest("input, textarea, select, [contenteditable], dialog[open]"); }

  document.addEventListener("keydown", function (event) {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") { event.preventDefault(); openPalette(); return; }
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]") || !wanted()) { return; }
    var done = true, go = /^[a-z]$/.test(event.key) && document.querySelector('[data-goto][data-letter="' + event.key + '"]');
    if (event.key === "?") { keys.showModal(); } else if (event.key === "/") { openPalette(); } else if (event.key === "j" || event.key === "k") { done = step(event.key === "j" ? 1 : -1); } else if (event.key === "a" || event.key === "c") { done = press(event.key); } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && stops().indexOf(document.activeElement) >= 0) { done = step(event.key === "ArrowDown" ? 1 : -1); } else if (go) { window.location.assign(go.getAttribute("data-goto")); } else { done = false; }
    if (done) { event.preventDefault(); }
  });

  // ---- the desk says what changed while nobody was looking at it

  var board = document.getElementById("board"), told = document.getElementById("board-said"), name = document.title;
  function heard() {
    var summary = board.querySelector("[data-said]"), text = summary ? summary.getAttribute("data-said") : "";
    var alone = summary ? Number(summary.getAttribute("data-alone")) : 0;
    document.title = (alone ? "(" + alone + ") " : "") + name;
    if (told.textContent !== text) { told.textContent = text; }
  }
  if (board && told) { heard(); document.addEventListener("htmx:afterSettle", heard); }
})();
