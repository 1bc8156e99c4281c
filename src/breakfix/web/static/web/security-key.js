/* Security keys: asks the browser for one when the form is sent, then sends the form with its answer. */
(function () {
  "use strict";

  function bytes(text) {
    var padded = text.replace(/-/g, "+").replace(/_/g, "/");
    return Uint8Array.from(window.atob(padded), function (sign) { return sign.charCodeAt(0); });
  }

  function text(buffer) {
    var raw = String.fromCharCode.apply(null, new Uint8Array(buffer));
    return window.btoa(raw).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function readable(options) {
    var key = options.publicKey;
    key.challenge = bytes(key.challenge);
    if (key.user) { key.user.id = bytes(key.user.id); }
    (key.excludeCredentials || key.allowCredentials || []).forEach(function (one) { one.id = bytes(one.id); });
    return { publicKey: key };
  }

  function sendable(found) {
    var answer = found.response, sent = { clientDataJSON: text(answer.clientDataJSON) };
    ["attestationObject", "authenticatorData", "signature", "userHandle"].forEach(function (name) {
      if (answer[name]) { sent[name] = text(answer[name]); }
    });
    if (answer.getTransports) { sent.transports = answer.getTransports(); }
    return JSON.stringify({
      id: found.id, rawId: text(found.rawId), type: found.type, response: sent,
      authenticatorAttachment: found.authenticatorAttachment || null,
      clientExtensionResults: found.getClientExtensionResults()
    });
  }

  document.querySelectorAll("form[data-key]").forEach(function (form) {
    var held = document.getElementById("key-options"), fault = form.querySelector("[data-key-fault]");
    var options = JSON.parse(held.textContent);
    // Sent before this script was there, the form would be empty: its button waits for it.
    form.querySelector("button[disabled]").disabled = false;
    function fail(words) { fault.textContent = words; fault.hidden = false; delete form.dataset.sent; }
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      event.stopPropagation();
      if (!navigator.credentials || !window.PublicKeyCredential) {
        fail("This browser knows no security keys. Use an authenticator app.");
        return;
      }
      fault.hidden = true;
      var asked = readable(JSON.parse(JSON.stringify(options.request_options || options)));
      navigator.credentials[form.dataset.key](asked).then(function (found) {
        form.elements.credential.value = sendable(found);
        form.submit();
      }).catch(function () {
        fail("Nothing came from the key. Try again, or use another way.");
      });
    });
  });
})();
