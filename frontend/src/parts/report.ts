// The report form: camera first, then three likely categories, the place filled in, and 提交.
import { DraftForm, type Receipt } from "./draft";
import { type Position, fill, position } from "./position";

interface Item {
  code: string;
  name: string;
  word: string;
}

interface Near {
  value: string;
  text: string;
  metres: number;
}

/** A tap ends with its click, a little after the finger is gone. */
const CLICK_AFTER_MS = 350;

function lifted(): Promise<void> {
  return new Promise((done) => {
    const later = () => window.setTimeout(done, CLICK_AFTER_MS);
    document.addEventListener("touchend", later, { once: true });
    document.addEventListener("touchcancel", later, { once: true });
  });
}

/** Whether the box offers these categories already, in whatever order: then they stay where the thumb knows them. */
function sameChoices(box: HTMLElement, items: Item[]): boolean {
  const shown = Array.from(box.querySelectorAll("input")).map((input) => input.value);
  return shown.length === items.length && items.every((item) => shown.indexOf(item.code) >= 0);
}

export class ReportForm {
  private readonly draft: DraftForm;
  private here: Position | null = null;
  private asked = false;
  private placeTouched = false;
  private chosenByPerson = false;
  private words = 0;
  /** Ends when the finger that is on the likely categories has been lifted. */
  private touched: Promise<void> = Promise.resolve();

  constructor(private readonly form: HTMLFormElement) {
    this.draft = new DraftForm(form, {
      photos: (name, count) => this.photographed(name, count),
      before: () => this.set("sent_at", new Date().toISOString()),
      sent: (receipt) => void this.sent(receipt),
    });
  }

  start(): void {
    this.one("[data-search]").hidden = false;
    this.one("[data-all]").hidden = true;
    this.form.addEventListener("change", (event) => this.changed(event.target as HTMLInputElement));
    this.form.addEventListener("input", (event) => this.typed(event.target as HTMLInputElement));
    const skip = this.one("[data-skip]");
    const button = skip.querySelector("button");
    if (button) {
      button.addEventListener("click", () => this.open(true));
    }
    this.one("[data-likely]").addEventListener("touchstart", () => {
      this.touched = lifted();
    });
    this.onSpot();
    // After a refused form without script the photos are here already.
    const kept = this.form.querySelectorAll(".shot").length > 0;
    this.open(kept);
    void this.draft.restore().then((fields) => fields && this.restored(fields));
  }

  /** A category that came from the search is not among the buttons of a fresh page. */
  private restored(fields: Record<string, string[]>): void {
    this.placeTouched = Boolean(fields.place);
    this.onSpot();
    this.open(true);
    const code = (fields.category || [""])[0];
    if (!code) {
      return;
    }
    this.chosenByPerson = true;
    const option = this.form.querySelector<HTMLOptionElement>(`[name="category_other"] option[value="${code}"]`);
    if (option && !this.value("category")) {
      this.fillChoices(this.one("[data-found]"), [{ code, name: option.textContent || "", word: "" }]);
      (this.one("[data-found]").querySelector("input") as HTMLInputElement).checked = true;
    }
  }

  private one(selector: string): HTMLElement {
    const found = this.form.querySelector<HTMLElement>(selector);
    if (!found) {
      throw new Error(`页面里没有 ${selector}`);
    }
    return found;
  }

  private set(name: string, value: string): void {
    (this.form.elements.namedItem(name) as HTMLInputElement).value = value;
  }

  private value(name: string): string {
    const checked = this.form.querySelector<HTMLInputElement>(`[name="${name}"]:checked`);
    const field = this.form.querySelector<HTMLInputElement>(`[name="${name}"]`);
    return checked ? checked.value : field && field.type !== "radio" ? field.value : "";
  }

  /** Shows the rest of the form once there is a photo, or the person says that there will be none. */
  private open(yes: boolean): void {
    this.one("[data-rest]").hidden = !yes;
    this.one("[data-skip]").hidden = yes;
    if (yes) {
      void this.locate();
    }
  }

  private photographed(name: string, count: number): void {
    if (name !== "before") {
      return;
    }
    if (count > 0) {
      if (!this.value("found_at")) {
        this.set("found_at", new Date().toISOString());
      }
      this.open(true);
    }
  }

  private async locate(): Promise<void> {
    if (this.asked) {
      return;
    }
    this.asked = true;
    this.here = await position();
    if (!this.here) {
      return;
    }
    fill(this.form, this.here);
    const select = this.form.querySelector<HTMLSelectElement>("[data-place]");
    if (!select || "fixed" in select.dataset) {
      return;
    }
    const near = await this.ask<Near>("nearest", { lat: this.here.lat, lng: this.here.lng });
    if (!near.length) {
      return;
    }
    this.offer(select, near);
    const reach = Math.max(150, Math.min(300, this.here.accuracy));
    if (!this.placeTouched && near[0].metres <= reach) {
      select.value = near[0].value;
      this.one("[data-place-hint]").textContent = ` 按定位选的，距您约 ${near[0].metres} 米，不对请改`;
      void this.suggest();
    }
    void this.duplicates();
  }

  private offer(select: HTMLSelectElement, near: Near[]): void {
    const group = document.createElement("optgroup");
    group.label = "附近";
    near.forEach((place) => {
      const option = document.createElement("option");
      option.value = place.value;
      option.textContent = `${place.text}（约 ${place.metres} 米）`;
      group.appendChild(option);
    });
    select.insertBefore(group, select.children[1] || null);
  }

  private changed(field: HTMLInputElement): void {
    if (field.name === "place") {
      this.placeTouched = true;
      this.one("[data-place-hint]").textContent = "";
      void this.suggest();
      void this.duplicates();
    }
    if (field.name === "category" || field.name === "category_other") {
      this.chosenByPerson = true;
      if (field.name === "category") {
        this.set("category_other", "");
      }
      void this.duplicates();
    }
    if (field.name === "path") {
      this.onSpot();
    }
  }

  private typed(field: HTMLInputElement): void {
    if (field.id === "id_search" || field.name === "description") {
      window.clearTimeout(this.words);
      this.words = window.setTimeout(() => {
        void (field.id === "id_search" ? this.search(field.value) : this.suggest());
      }, 250);
    }
  }

  private onSpot(): void {
    const box = this.form.querySelector<HTMLElement>("[data-on-spot]");
    if (box) {
      box.hidden = this.value("path") !== "on_spot";
    }
  }

  private async ask<T>(what: "suggest" | "nearest" | "nearby", query: Record<string, string | number>): Promise<T[]> {
    const words = Object.keys(query)
      .map((name) => `${name}=${encodeURIComponent(String(query[name]))}`)
      .join("&");
    try {
      const answer = await fetch(`${this.form.dataset[what]}?${words}`, {
        credentials: "same-origin",
        headers: { Accept: "application/json" },
      });
      return answer.ok ? ((await answer.json()).items as T[]) : [];
    } catch (_offline) {
      return [];
    }
  }

  /** Three likely ones from the words and the place; what the person has chosen stays. */
  private async suggest(): Promise<void> {
    if (this.chosenByPerson) {
      return;
    }
    const items = await this.ask<Item>("suggest", { words: this.value("description"), place: this.value("place") });
    // A button that is exchanged under the finger swallows the tap, and the report would go without its category.
    await this.touched;
    const box = this.one("[data-likely]");
    if (items.length && !this.chosenByPerson && !sameChoices(box, items)) {
      this.fillChoices(box, items);
    }
  }

  private async search(words: string): Promise<void> {
    const box = this.one("[data-found]");
    const text = words.trim();
    if (!text) {
      this.fillChoices(box, []);
      return;
    }
    const found: Item[] = [];
    (await this.ask<Item>("suggest", { words: text, place: "" })).forEach((item) => item.word && found.push(item));
    this.form.querySelectorAll<HTMLOptionElement>('[name="category_other"] option').forEach((option) => {
      const known = found.some((item) => item.code === option.value);
      if (option.value && !known && (option.textContent || "").indexOf(text) >= 0) {
        found.push({ code: option.value, name: option.textContent || "", word: "" });
      }
    });
    this.fillChoices(box, found.slice(0, 8));
    if (!found.length) {
      box.textContent = "没有找到，换个说法试试，例如「垃圾」「停车」「广告」。";
    }
  }

  private fillChoices(box: HTMLElement, items: Item[]): void {
    while (box.firstChild) {
      box.removeChild(box.firstChild);
    }
    items.forEach((item) => {
      const label = document.createElement("label");
      label.className = "choice";
      const input = document.createElement("input");
      input.type = "radio";
      input.name = "category";
      input.value = item.code;
      const text = document.createElement("span");
      text.textContent = item.name;
      label.appendChild(input);
      label.appendChild(text);
      box.appendChild(label);
    });
  }

  /** 重复上报提示: shown, never blocking. */
  private async duplicates(): Promise<void> {
    const box = this.one("[data-nearby-box]");
    const category = this.value("category") || this.value("category_other");
    if (!category) {
      return;
    }
    const query: Record<string, string | number> = { category, place: this.value("place") };
    if (this.here) {
      query.lat = this.here.lat;
      query.lng = this.here.lng;
    }
    const found = await this.ask<{ text: string; url: string }>("nearby", query);
    while (box.firstChild) {
      box.removeChild(box.firstChild);
    }
    box.hidden = !found.length;
    if (!found.length) {
      return;
    }
    const head = document.createElement("p");
    head.textContent = "附近已有同类问题在办，供您参考：";
    box.appendChild(head);
    found.forEach((item) => {
      const line = document.createElement(item.url ? "a" : "p");
      if (item.url) {
        (line as HTMLAnchorElement).href = item.url;
      }
      line.className = "nearby-case";
      line.textContent = item.text;
      box.appendChild(line);
    });
    const same = document.createElement("button");
    same.type = "button";
    same.className = "btn";
    same.textContent = "这是同一处，不再报";
    same.addEventListener("click", () => {
      void this.draft.reset().then(() => {
        location.href = this.form.dataset.home || "/";
      });
    });
    box.appendChild(same);
  }

  private async sent(receipt: Receipt): Promise<void> {
    const place = this.value("place");
    await this.draft.reset();
    this.chosenByPerson = false;
    this.asked = false;
    this.one("[data-nearby-box]").hidden = true;
    this.fillChoices(this.one("[data-found]"), []);
    (document.getElementById("id_search") as HTMLInputElement).value = "";
    const select = this.form.querySelector<HTMLSelectElement>("[data-place]");
    if (select && "fixed" in select.dataset) {
      select.value = place;
    }
    this.placeTouched = false;
    this.onSpot();
    this.open(false);
    const box = document.querySelector<HTMLElement>("[data-sent]");
    if (box) {
      box.hidden = false;
      box.textContent = `✓ ${receipt.message || "已送达"}`;
      const link = document.createElement("a");
      link.href = receipt.case || "#";
      link.textContent = "看这一件";
      box.appendChild(link);
    }
    const text = this.form.querySelector<HTMLElement>('[data-photos="before"] .camera-text');
    if (text) {
      text.textContent = "连拍下一处";
    }
    const count = document.querySelector<HTMLElement>("[data-tour-count]");
    if (count) {
      count.textContent = String(Number(count.textContent) + 1);
    }
    window.scrollTo(0, 0);
  }
}
