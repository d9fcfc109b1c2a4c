// The phone face: photos and text that survive a bad network, and the report form that fills itself in.
import { DraftForm } from "./parts/draft";
import { sendOnce } from "./parts/once";
import { phrases } from "./parts/phrases";
import { fill, position } from "./parts/position";
import { ReportForm } from "./parts/report";
import { scaled } from "./parts/camera";
import { draftId, load, newKey, save } from "./parts/store";
import { whenReady } from "./parts/page";

/** The camera on the home page: the photo is taken here and waits in the report form's draft. */
function cameraLink(link: HTMLAnchorElement): void {
  const label = document.createElement("label");
  label.className = link.className;
  label.innerHTML = link.innerHTML;
  const input = document.createElement("input");
  input.type = "file";
  input.accept = "image/*";
  input.setAttribute("capture", "environment");
  input.multiple = true;
  label.appendChild(input);
  link.replaceWith(label);
  input.addEventListener("change", async () => {
    const id = draftId("report");
    const draft = (await load(id)) || { id, key: newKey(), fields: {}, photos: {}, savedAt: "" };
    const shots = (draft.photos.before = draft.photos.before || []);
    for (const file of Array.from(input.files || [])) {
      shots.push({ blob: await scaled(file), name: file.name, takenAt: new Date().toISOString() });
    }
    draft.savedAt = new Date().toISOString();
    await save(draft);
    location.href = link.href;
  });
}

whenReady(() => {
  document.querySelectorAll<HTMLFormElement>("form[data-once]").forEach(sendOnce);
  document.querySelectorAll<HTMLElement>("[data-phrases]").forEach(phrases);
  document.querySelectorAll<HTMLAnchorElement>("a[data-camera]").forEach(cameraLink);
  document.querySelectorAll<HTMLFormElement>("form[data-draft]").forEach((form) => {
    if ("report" in form.dataset) {
      new ReportForm(form).start();
      return;
    }
    const draft = new DraftForm(form, {
      photos: (_name, count) => {
        if (count && form.elements.namedItem("lat")) {
          void position().then((found) => found && fill(form, found));
        }
      },
    });
    void draft.restore();
  });
});
