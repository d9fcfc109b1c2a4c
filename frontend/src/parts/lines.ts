// Line numbers beside a text that is edited by line, and faults that lead to theirs.

/** Arms every `textarea[data-lines]` and the links with `data-line`. */
export function numberLines(): void {
  document.querySelectorAll<HTMLTextAreaElement>("textarea[data-lines]").forEach((area) => {
    const gutter = document.createElement("div");
    gutter.className = "ap-lines";
    gutter.setAttribute("aria-hidden", "true");
    const numbers = document.createElement("div");
    gutter.appendChild(numbers);
    (area.parentElement as HTMLElement).insertBefore(gutter, area);
    let shown = 0;
    const draw = (): void => {
      const count = area.value.split("\n").length;
      if (count !== shown) {
        shown = count;
        numbers.textContent = Array.from({ length: count }, (_, index) => String(index + 1)).join("\n");
      }
      gutter.style.height = `${area.clientHeight}px`;
      numbers.style.transform = `translateY(-${area.scrollTop}px)`;
    };
    area.addEventListener("input", draw);
    area.addEventListener("scroll", draw);
    area.addEventListener("mouseup", draw);
    draw();
  });
  document.querySelectorAll<HTMLAnchorElement>("a[data-line]").forEach((link) => {
    link.addEventListener("click", (event) => {
      const area = document.querySelector<HTMLTextAreaElement>("textarea[data-lines]");
      if (area) {
        event.preventDefault();
        goTo(area, Number(link.dataset.line));
      }
    });
  });
}

/** Selects line `number` (from 1) and brings it into view. */
function goTo(area: HTMLTextAreaElement, number: number): void {
  const lines = area.value.split("\n");
  const start = lines.slice(0, number - 1).reduce((sum, line) => sum + line.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[number - 1] || "").length);
  area.scrollTop = Math.max(0, (number - 5) * 20);
  area.scrollIntoView({ block: "nearest" });
}
