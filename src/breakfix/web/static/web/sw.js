/* Shows push messages, also when no page is open. It keeps nothing and reads no page. */
"use strict";

self.addEventListener("install", function () { self.skipWaiting(); });
self.addEventListener("activate", function (event) { event.waitUntil(self.clients.claim()); });

self.addEventListener("push", function (event) {
  var said = {};
  try { said = event.data.json(); } catch (ignored) { said = {}; }
  // A browser takes the right away from who gets a message and shows none.
  event.waitUntil(self.registration.showNotification(said.title || "Breakfix", {
    body: said.body || "There is news.",
    tag: said.tag || "breakfix",
    icon: "/static/web/mark.svg",
    requireInteraction: Boolean(said.urgent),
    data: { link: said.link || "/" }
  }));
});

self.addEventListener("notificationclick", function (event) {
  event.notification.close();
  var link = new URL(event.notification.data.link, self.location.origin);
  // Only pages of ours are opened, whatever a message says.
  var path = link.origin === self.location.origin ? link.href : self.location.origin + "/";
  event.waitUntil(self.clients.matchAll({ type: "window", includeUncontrolled: true }).then(function (open) {
    var there = open.filter(function (one) { return one.url === path; })[0];
    return there ? there.focus() : self.clients.openWindow(path);
  }));
});
