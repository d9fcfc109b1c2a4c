// The desk: htmx set up for a strict Content-Security-Policy. Loaded with `defer`.
import htmx from "htmx.org";
import { comparePairs } from "./parts/compare";
import { numberLines } from "./parts/lines";
import { csrfToken, whenReady } from "./parts/page";
import { phrases } from "./parts/phrases";
import { listKeys } from "./parts/rows";
import { sendOnce } from "./parts/send";

declare global {
  interface Window {
    htmx: typeof htmx;
  }
}

htmx.config.allowEval = false;
htmx.config.allowScriptTags = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.selfRequestsOnly = true;
// A back step asks the server again: a cached copy would show a case in a state that it has left.
htmx.config.historyCacheSize = 0;
htmx.config.refreshOnHistoryMiss = true;
// A refusal (409) and a form with errors (422) come with a page to show, not as a dead request.
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "[23]..", swap: true },
  { code: "409|422", swap: true },
  { code: "[45]..", swap: false, error: true },
];

document.addEventListener("htmx:configRequest", (event) => {
  const detail = (event as CustomEvent<{ headers: Record<string, string> }>).detail;
  detail.headers["X-CSRFToken"] = csrfToken();
});

window.htmx = htmx;

// htmx brings a step's form into the case page: the first field is where the hands go next.
document.addEventListener("htmx:afterSwap", (event) => {
  const target = (event as CustomEvent<{ target: HTMLElement }>).detail.target;
  if (target.id !== "step-form") {
    return;
  }
  target.querySelectorAll<HTMLFormElement>("form[data-once]").forEach(sendOnce);
  const first = target.querySelector<HTMLElement>("input:not([type=hidden]), select, textarea, button");
  if (first) {
    first.focus();
  }
});

/** Arrow keys and Escape on the page of one photo follow its links. */
function keyLinks(event: KeyboardEvent): void {
  const typing = (event.target as HTMLElement).closest("input, select, textarea");
  const link = document.querySelector<HTMLAnchorElement>(`a[data-key="${event.key}"]`);
  if (link && !typing && !event.altKey && !event.ctrlKey && !event.metaKey) {
    link.click();
  }
}

/** A drop-down list of the filter bar closes when something else is touched, and on Escape. */
function closeLists(event: Event): void {
  document.querySelectorAll<HTMLDetailsElement>("details.multi[open], details.me[open]").forEach((list) => {
    const escape = event instanceof KeyboardEvent && event.key === "Escape";
    if (escape || (event.type === "click" && !list.contains(event.target as Node))) {
      list.open = false;
    }
  });
}

whenReady(() => {
  document.documentElement.className += " js";
  document.querySelectorAll<HTMLElement>("[data-print]").forEach((button) => {
    button.addEventListener("click", () => window.print());
  });
  document.querySelectorAll<HTMLElement>("[data-phrases]").forEach(phrases);
  document.querySelectorAll<HTMLFormElement>("form[data-once]").forEach(sendOnce);
  document.addEventListener("keydown", keyLinks);
  document.addEventListener("keydown", closeLists);
  document.addEventListener("click", closeLists);
  const here = document.querySelector<HTMLElement>(".sidebar a.here");
  if (here && window.innerWidth <= 900) {
    (here.closest(".sidebar") as HTMLElement).scrollLeft = here.offsetLeft - 60;
  }
  listKeys();
  numberLines();
  comparePairs();
});
