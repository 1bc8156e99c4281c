/* "Tell me on this device": asks the browser for a subscription and hands it in by the ordinary form. */
(function () {
  "use strict";
  var form = document.querySelector("form[data-push-key]"), button = document.getElementById("push-on");
  var words = document.getElementById("push-words");
  if (!form || !button || !words) { return; }

  function say(text) { words.textContent = text; }
  if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) {
    say("This browser shows no push messages.");
    return;
  }
  if (Notification.permission === "denied") {
    say("This browser was told to show nothing from here. Allow notifications in its settings first.");
    return;
  }

  function bytes(text) {
    var plain = window.atob((text + "===".slice((text.length + 3) % 4)).replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (one) { return one.charCodeAt(0); });
  }
  function name() {
    var agent = navigator.userAgent, found = /(Firefox|Edg|OPR|Chrome|Safari)\//.exec(agent);
    var browser = { Edg: "Edge", OPR: "Opera" }[found && found[1]] || (found ? found[1] : "A browser");
    var where = /(iPhone|iPad|Android|Windows|Macintosh|Linux)/.exec(agent);
    return where ? browser + " on " + where[1] : browser;
  }
  function hand(subscription) {
    var held = subscription.toJSON();
    form.elements.endpoint.value = held.endpoint;
    form.elements.p256dh.value = held.keys.p256dh;
    form.elements.auth.value = held.keys.auth;
    form.elements.label.value = name();
    form.submit();
  }

  button.hidden = false;
  say("");
  button.addEventListener("click", function () {
    button.disabled = true;
    say("The browser asks you now.");
    Notification.requestPermission().then(function (answer) {
      if (answer !== "granted") { throw new Error("not allowed"); }
      return navigator.serviceWorker.register("/sw.js");
    }).then(function () {
      return navigator.serviceWorker.ready;
    }).then(function (ready) {
      var key = bytes(form.getAttribute("data-push-key"));
      return ready.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    }).then(hand).catch(function (error) {
      button.disabled = false;
      say("Nothing was changed: the browser said no (" + error.message + ").");
    });
  });
}());
