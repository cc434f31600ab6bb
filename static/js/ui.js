// What every page does beyond HTML: put the focus where it belongs, and send a form once.

document.querySelector(".errors[tabindex]")?.focus();

// The answer says where to go on: HX-Trigger-After-Settle: {"focus": "#id"}
document.addEventListener("focus", (event) => {
  const target = event.detail?.value && document.querySelector(event.detail.value);
  if (!target) return;
  if (!target.matches("a[href], button, input, select, textarea, summary, [tabindex]")) target.tabIndex = -1;
  target.focus();
});

const AGAIN_AFTER = 10_000; // a download leaves the page as it was

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
  setTimeout(() => release(form), AGAIN_AFTER);
});

const release = (form) => {
  delete form.dataset.sent;
  form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
};

addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("form");
  if (form) release(form);
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
  const copied = event.target.closest("[data-copy]");
  if (!copied) return;
  navigator.clipboard.writeText(copied.dataset.copy).then(() => {
    document.querySelector("#say").textContent = copied.dataset.copied;
  });
});
