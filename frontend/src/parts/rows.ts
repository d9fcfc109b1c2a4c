// Lists: a click anywhere on a row opens it, ↑ ↓ move between rows, Enter opens (the link itself), the space
// bar picks; the bulk bar counts what is picked. Without scripts the links and boxes work as they are.

const INTERACTIVE = "a, button, input, label, select, summary";

function move(rows: HTMLTableRowElement[], step: number): void {
  const now = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[Math.min(rows.length - 1, Math.max(0, now + step))];
  const link = next ? next.querySelector<HTMLElement>("th a") : null;
  rows.forEach((row) => row.classList.toggle("at", row === next));
  if (link) {
    link.focus();
    next.scrollIntoView({ block: "nearest" });
  }
}

function armTable(table: HTMLTableElement): void {
  const rows = Array.prototype.slice.call(table.querySelectorAll("tbody tr")) as HTMLTableRowElement[];
  rows.forEach((row) =>
    row.addEventListener("click", (event) => {
      const href = row.dataset.href;
      const selected = window.getSelection();
      if (href && !(event.target as HTMLElement).closest(INTERACTIVE) && !(selected && selected.toString())) {
        window.location.href = href;
      }
    }),
  );
  document.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    if (target.closest("input:not([type=checkbox]), select, textarea, details")) {
      return;
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(rows, event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === " " && target.closest("tbody th a")) {
      const box = (target.closest("tr") as HTMLElement).querySelector<HTMLInputElement>("td.pick input");
      if (box) {
        event.preventDefault();
        box.click();
      }
    }
  });
}

function armBatch(form: HTMLFormElement): void {
  const boxes = Array.prototype.slice.call(form.querySelectorAll("td.pick input")) as HTMLInputElement[];
  const all = form.querySelector<HTMLInputElement>("[data-pick-all]");
  const bar = form.querySelector<HTMLElement>("[data-batch-bar]");
  const count = form.querySelector<HTMLElement>("[data-batch-count]");
  if (!bar || !count || boxes.length === 0) {
    return;
  }
  const show = (): void => {
    const picked = boxes.filter((box) => box.checked).length;
    bar.hidden = picked === 0;
    count.textContent = `已选 ${picked} 件：`;
    boxes.forEach((box) => (box.closest("tr") as HTMLElement).classList.toggle("picked", box.checked));
    if (all) {
      all.checked = picked === boxes.length;
      all.indeterminate = picked > 0 && picked < boxes.length;
    }
  };
  boxes.forEach((box) => box.addEventListener("change", show));
  if (all) {
    all.addEventListener("change", () => {
      boxes.forEach((box) => {
        box.checked = all.checked;
      });
      show();
    });
  }
  window.addEventListener("pageshow", show);
  show();
}

/** Arms every list of the page. */
export function listKeys(): void {
  document.querySelectorAll<HTMLTableElement>("table[data-rows]").forEach(armTable);
  const batch = document.querySelector<HTMLFormElement>("form#batch");
  if (batch) {
    armBatch(batch);
  }
}
