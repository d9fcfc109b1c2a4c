// A form that loses nothing: it keeps its text and photos on the phone until the server's receipt is there.
// Without this script the same form works as a plain one.
import { scaled } from "./camera";
import { type Draft, type Shot, draftId, drop, load, newKey, save } from "./store";

export interface Receipt {
  next: string;
  message?: string;
  number?: string;
  case?: string;
}

interface Options {
  /** Called with the receipt instead of going to its next page. */
  sent?: (receipt: Receipt) => void;
  /** Called when the number of photos of a field changes. */
  photos?: (name: string, count: number) => void;
  /** Called right before sending, to fill in time and the like. */
  before?: () => void;
}

// The token belongs to the page, not to the draft; files live in `photos`.
const NOT_KEPT = ["csrfmiddlewaretoken", "sent_at", "website"];

export class DraftForm {
  readonly id: string;
  photos: Record<string, Shot[]> = {};
  private timer = 0;
  private busy = false;
  /** The receipt is there: what is still on the page must not come back as a draft with a spent key. */
  private delivered = false;
  private scaling: Promise<void> = Promise.resolve();
  private pressed: HTMLButtonElement | null = null;

  constructor(
    readonly form: HTMLFormElement,
    private readonly options: Options = {},
  ) {
    this.id = draftId(form.dataset.draft || location.pathname);
    form.noValidate = true;
    form.addEventListener("input", (event) => {
      if ((event.target as HTMLInputElement).type !== "file") {
        this.keepSoon();
      }
    });
    form.addEventListener("click", (event) => {
      const button = (event.target as Element).closest<HTMLButtonElement>("button[type=submit]");
      if (button) {
        this.pressed = button;
      }
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.send();
    });
    form.querySelectorAll<HTMLElement>("[data-photos]").forEach((field) => this.watch(field));
    // Back to a page that was sent: fresh, with a key of its own.
    window.addEventListener("pageshow", (event) => {
      if (event.persisted && this.delivered) {
        location.reload();
      }
    });
    // A page that is put away by the phone keeps what was typed in the last moment.
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") {
        void this.keep();
      }
    });
  }

  get key(): HTMLInputElement {
    return this.form.elements.namedItem("key") as HTMLInputElement;
  }

  /** Brings back what was kept; its fields when there was something, else null. */
  async restore(): Promise<Draft["fields"] | null> {
    const draft = await load(this.id);
    if (!draft || !this.worthKeeping(draft)) {
      return null;
    }
    this.key.value = draft.key;
    Object.keys(draft.fields).forEach((name) => setField(this.form, name, draft.fields[name]));
    this.photos = draft.photos;
    this.show();
    this.say("已恢复上次没有送出的内容。", true);
    return draft.fields;
  }

  /** A new, empty form for the next one, with a new key. */
  async reset(): Promise<void> {
    await drop(this.id);
    this.delivered = false;
    this.form.reset();
    // A reset leaves hidden fields as they are.
    ["lat", "lng", "accuracy_m", "found_at", "sent_at"].forEach((name) => setField(this.form, name, [""]));
    this.photos = {};
    this.key.value = newKey();
    this.form.querySelectorAll<HTMLElement>(".shot").forEach((shot) => shot.remove());
    this.show();
    this.errors({});
    this.say("");
  }

  keepSoon(): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.keep(), 300);
  }

  async keep(): Promise<void> {
    if (this.busy || this.delivered) {
      return;
    }
    const draft = this.draft();
    if (this.worthKeeping(draft) && !(await save(draft))) {
      this.say("手机存储已满或不允许保存，请先送出这一件再离开。");
    }
  }

  private draft(): Draft {
    const fields: Record<string, string[]> = {};
    new FormData(this.form).forEach((value, name) => {
      if (typeof value === "string" && value && NOT_KEPT.indexOf(name) < 0) {
        (fields[name] = fields[name] || []).push(value);
      }
    });
    delete fields.key;
    return { id: this.id, key: this.key.value, fields, photos: this.photos, savedAt: new Date().toISOString() };
  }

  private worthKeeping(draft: Draft): boolean {
    const typed = ["description", "measures", "ground", "note", "no_photo", "text", "address"];
    return this.count(draft.photos) > 0 || typed.some((name) => Boolean(draft.fields[name]));
  }

  private count(photos: Record<string, Shot[]>): number {
    return Object.keys(photos).reduce((sum, name) => sum + photos[name].length, 0);
  }

  private watch(field: HTMLElement): void {
    const input = field.querySelector<HTMLInputElement>("input[type=file]");
    if (!input) {
      return;
    }
    input.addEventListener("change", () => {
      const files = Array.from(input.files || []);
      // Emptied at once, so that the same photo can be chosen again and no browser sends the big file.
      input.value = "";
      this.scaling = this.scaling.then(() => this.add(field.dataset.photos || "photos", files));
    });
  }

  /** Takes photos into a field, one after the other. */
  async add(name: string, files: File[]): Promise<void> {
    for (const file of files) {
      this.say("正在处理照片…");
      const blob = await scaled(file);
      const list = (this.photos[name] = this.photos[name] || []);
      list.push({ blob, name: file.name || "photo.jpg", takenAt: new Date().toISOString() });
      this.show();
      await this.keep();
    }
    this.say("");
  }

  private show(): void {
    this.form.querySelectorAll<HTMLElement>("[data-photos]").forEach((field) => {
      const name = field.dataset.photos || "photos";
      const list = this.photos[name] || [];
      const box = field.querySelector<HTMLElement>(".shots");
      if (!box) {
        return;
      }
      box.querySelectorAll(".shot:not([data-kept])").forEach((shot) => shot.remove());
      list.forEach((shot, index) => box.appendChild(this.thumb(name, shot, index)));
      const count = box.querySelectorAll(".shot").length;
      field.classList.toggle("has-shots", count > 0);
      const text = field.querySelector<HTMLElement>(".camera-text");
      if (text) {
        text.dataset.first = text.dataset.first || text.textContent || "";
        text.textContent = (count ? text.dataset.again : text.dataset.first) || "";
      }
      if (this.options.photos) {
        this.options.photos(name, count);
      }
    });
  }

  private thumb(name: string, shot: Shot, index: number): HTMLElement {
    const figure = document.createElement("figure");
    figure.className = "shot";
    const image = document.createElement("img");
    image.alt = `照片 ${index + 1}`;
    image.src = URL.createObjectURL(shot.blob);
    image.onload = () => URL.revokeObjectURL(image.src);
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "shot-remove";
    remove.textContent = "删除";
    remove.setAttribute("aria-label", `删除照片 ${index + 1}`);
    remove.addEventListener("click", () => {
      this.photos[name].splice(index, 1);
      this.show();
      void this.keep();
    });
    figure.appendChild(image);
    figure.appendChild(remove);
    return figure;
  }

  private async send(): Promise<void> {
    if (this.busy) {
      return;
    }
    await this.scaling;
    if (this.options.before) {
      this.options.before();
    }
    await this.keep();
    const body = this.body();
    this.wait(true);
    this.errors({});
    this.say("正在送出…");
    try {
      const answer = await fetch(this.form.action || location.href, {
        method: "POST",
        body,
        credentials: "same-origin",
        headers: { Accept: "application/json" },
      });
      await this.answered(answer);
    } catch (_offline) {
      this.say("没有送出：网络不通。内容和照片已存在手机里，网络好了再点一次，不会重复。");
      this.form.classList.add("unsent");
    } finally {
      this.wait(false);
    }
  }

  private async answered(answer: Response): Promise<void> {
    const json = (answer.headers.get("Content-Type") || "").indexOf("application/json") === 0;
    if (!json) {
      const login = answer.redirected || answer.status === 403;
      this.say(
        login
          ? "登录已过期或没有权限。内容和照片已存在手机里，请重新登录后再送出。"
          : "没有送出：服务器暂时出错。内容和照片已存在手机里，请稍后再点一次。",
      );
      return;
    }
    const told = await answer.json();
    if (!answer.ok) {
      this.say("");
      this.errors(told.errors || { "": [told.message || "没有办成，请稍后再试。"] });
      if (told.code === "key_spent") {
        this.key.value = newKey();
        this.say("内容和照片都还在。确要再办一次，请再点一次提交。");
      }
      return;
    }
    this.form.classList.remove("unsent");
    this.delivered = true;
    window.clearTimeout(this.timer);
    // Only now, with the receipt in hand, the phone may forget.
    await drop(this.id);
    if (this.options.sent) {
      this.options.sent(told as Receipt);
    } else {
      location.href = (told as Receipt).next;
    }
  }

  private body(): FormData {
    const body = new FormData();
    new FormData(this.form).forEach((value, name) => {
      if (typeof value === "string") {
        body.append(name, value);
      }
    });
    if (this.pressed && this.pressed.name) {
      body.append(this.pressed.name, this.pressed.value);
    }
    Object.keys(this.photos).forEach((name) =>
      this.photos[name].forEach((shot) => body.append(name, shot.blob, shot.name)),
    );
    return body;
  }

  private wait(busy: boolean): void {
    this.busy = busy;
    this.form.querySelectorAll<HTMLButtonElement>("button[type=submit]").forEach((button) => {
      button.disabled = busy;
      button.setAttribute("aria-busy", String(busy));
    });
  }

  private errors(found: Record<string, string[]>): void {
    const box = this.form.querySelector<HTMLElement>("[data-errors]");
    if (!box) {
      return;
    }
    while (box.firstChild) {
      box.removeChild(box.firstChild);
    }
    Object.keys(found).forEach((name) =>
      found[name].forEach((sentence) => {
        const line = document.createElement("p");
        line.textContent = sentence;
        box.appendChild(line);
      }),
    );
    box.hidden = !box.firstChild;
    if (!box.hidden) {
      box.scrollIntoView();
    }
  }

  /** The line under the form: where the content is now. `offer` adds the way to throw it away. */
  private say(text: string, offer = false): void {
    const line = this.form.querySelector<HTMLElement>("[data-saved]");
    if (!line) {
      return;
    }
    line.textContent = text;
    if (offer) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-plain";
      button.textContent = "不要了，重新填";
      button.addEventListener("click", () => void this.reset());
      line.appendChild(button);
    }
  }
}

function setField(form: HTMLFormElement, name: string, values: string[]): void {
  form.querySelectorAll<HTMLInputElement>(`[name="${name}"]`).forEach((field) => {
    if (field.type === "radio" || field.type === "checkbox") {
      field.checked = values.indexOf(field.value) >= 0;
    } else if (field.type !== "file") {
      field.value = values[0];
    }
  });
}
