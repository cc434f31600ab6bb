// Tells the server once in which time zone this person is; the page carries the form only until it knows.
const form = document.querySelector("#zone");
form.elements.zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
if (form.elements.zone.value) fetch(form.action, { method: "POST", body: new FormData(form) });
