// Rectangles on a photo, drawn with mouse or finger, or typed as numbers: both change the same row of inputs,
// so that the keyboard alone is enough. The picture is covered on the server; here it is only shown.
import { csrfToken, whenReady } from "./parts/page";

type Box = [number, number, number, number];

const LABELS = ["左", "上", "宽", "高"];

class Mask {
  private readonly stage: HTMLElement;
  private readonly rows: HTMLElement;
  private start: [number, number] | null = null;
  private drawn: HTMLElement | null = null;

  constructor(private readonly field: HTMLElement) {
    this.stage = field.querySelector("[data-stage]") as HTMLElement;
    this.rows = field.querySelector("[data-rows]") as HTMLElement;
    const blank = field.querySelector("[data-blank]");
    if (blank) {
      blank.remove();
    }
    this.rows.querySelectorAll("tr").forEach((row) => this.addRemove(row));
    this.addButton();
    this.rows.addEventListener("input", () => this.show());
    this.stage.addEventListener("pointerdown", (event) => this.begin(event));
    this.stage.addEventListener("pointermove", (event) => this.move(event));
    this.stage.addEventListener("pointerup", (event) => this.end(event));
    this.stage.addEventListener("pointercancel", () => this.forget());
    const button = field.querySelector("[data-show-preview]");
    if (button) {
      button.addEventListener("click", (event) => {
        event.preventDefault();
        void this.preview();
      });
    }
    this.show();
  }

  private at(event: PointerEvent): [number, number] {
    const frame = this.stage.getBoundingClientRect();
    const part = (value: number, size: number): number => Math.max(0, Math.min(100, (value / size) * 100));
    return [part(event.clientX - frame.left, frame.width), part(event.clientY - frame.top, frame.height)];
  }

  private begin(event: PointerEvent): void {
    event.preventDefault();
    this.stage.setPointerCapture(event.pointerId);
    this.start = this.at(event);
    this.drawn = this.rectangle([this.start[0], this.start[1], 0, 0], "");
  }

  private between(event: PointerEvent): Box {
    const [x, y] = this.at(event);
    const [left, top] = this.start as [number, number];
    return [Math.min(x, left), Math.min(y, top), Math.abs(x - left), Math.abs(y - top)];
  }

  private move(event: PointerEvent): void {
    if (this.start && this.drawn) {
      place(this.drawn, this.between(event));
    }
  }

  private end(event: PointerEvent): void {
    if (!this.start) {
      return;
    }
    const box = this.between(event);
    this.forget();
    // A tap is not a rectangle.
    if (box[2] > 0.5 && box[3] > 0.5) {
      this.addRow(box);
      this.show();
    }
  }

  private forget(): void {
    if (this.drawn) {
      this.drawn.remove();
    }
    this.start = this.drawn = null;
  }

  private rectangle(box: Box, label: string): HTMLElement {
    const made = document.createElement("div");
    made.className = "mask-box";
    const number = document.createElement("b");
    number.textContent = label;
    made.appendChild(number);
    place(made, box);
    this.stage.appendChild(made);
    return made;
  }

  private addRow(box: Box | null): HTMLTableRowElement {
    const row = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    row.appendChild(head);
    LABELS.forEach((label, index) => {
      const cell = document.createElement("td");
      const input = document.createElement("input");
      input.type = "number";
      input.name = this.field.dataset.name || "";
      input.min = "0";
      input.max = "100";
      input.step = "0.1";
      input.value = box ? box[index].toFixed(1) : "";
      input.setAttribute("aria-label", `${label}（百分比）`);
      cell.appendChild(input);
      row.appendChild(cell);
    });
    row.appendChild(document.createElement("td"));
    this.rows.appendChild(row);
    this.addRemove(row);
    return row;
  }

  private addRemove(row: HTMLTableRowElement): void {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "删";
    button.addEventListener("click", () => {
      row.remove();
      this.show();
    });
    row.cells[row.cells.length - 1].appendChild(button);
  }

  private addButton(): void {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-outline-secondary btn-sm me-2";
    button.textContent = "加一个框";
    button.addEventListener("click", () => {
      const row = this.addRow([40, 40, 20, 20]);
      this.show();
      (row.querySelector("input") as HTMLInputElement).focus();
    });
    const table = this.rows.closest("table") as HTMLElement;
    (table.parentElement as HTMLElement).insertBefore(button, table.nextSibling);
  }

  private show(): void {
    this.stage.querySelectorAll(".mask-box").forEach((box) => box.remove());
    Array.from(this.rows.querySelectorAll("tr")).forEach((row, index) => {
      row.cells[0].textContent = String(index + 1);
      const numbers = Array.from(row.querySelectorAll("input")).map((input) => parseFloat(input.value));
      if (numbers.every((value) => !isNaN(value))) {
        this.rectangle(numbers as Box, String(index + 1));
      }
    });
  }

  private async preview(): Promise<void> {
    const box = this.field.querySelector("[data-preview-box]") as HTMLElement;
    const body = new FormData();
    this.rows.querySelectorAll("input").forEach((input) => body.append(input.name, input.value));
    box.textContent = "正在生成预览…";
    const answer = await fetch(this.field.dataset.preview || "", {
      method: "POST",
      body,
      credentials: "same-origin",
      headers: { "X-CSRFToken": csrfToken(), Accept: "application/json" },
    }).catch(() => null);
    if (!answer || !answer.ok) {
      const told = answer && answer.status === 422 ? (await answer.json()).message : "";
      box.textContent = told || "预览没有生成，请检查网络后再试。";
      return;
    }
    const image = document.createElement("img");
    image.alt = "公开后的样子";
    image.src = URL.createObjectURL(await answer.blob());
    box.textContent = "公开后的样子：";
    box.appendChild(image);
  }
}

function place(element: HTMLElement, box: Box): void {
  ["left", "top", "width", "height"].forEach((side, index) => {
    element.style.setProperty(side, `${box[index]}%`);
  });
}

whenReady(() => {
  document.querySelectorAll<HTMLElement>("[data-mask]").forEach((field) => new Mask(field));
});
