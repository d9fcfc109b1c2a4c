// A form marked `data-once` can be sent once only: a thumb that taps twice in the sun must not report twice
// (the server also answers a repeated key with the first result).

export function sendOnce(form: HTMLFormElement): void {
  form.addEventListener("submit", () => {
    form.querySelectorAll<HTMLButtonElement>("button").forEach((button) => {
      button.setAttribute("aria-busy", "true");
      // Later than the submit itself, or the button's own name and value would not be sent.
      window.setTimeout(() => {
        button.disabled = true;
      }, 0);
    });
  });
}
