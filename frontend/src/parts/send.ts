// A form marked `data-once` is sent once: a second click while the first is on its way does nothing. The
// server also answers a repeated key with the first result; this only spares the wait.

/** Arms one form. */
export function sendOnce(form: HTMLFormElement): void {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) {
      event.preventDefault();
      return;
    }
    sent = true;
    form.querySelectorAll("button").forEach((button) => button.setAttribute("aria-busy", "true"));
  });
  // Coming back with the browser's back button must not find a dead form.
  window.addEventListener("pageshow", () => {
    sent = false;
    form.querySelectorAll("button").forEach((button) => button.removeAttribute("aria-busy"));
  });
}
