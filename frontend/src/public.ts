// The public face: the report form keeps photos and text until the answer is there, and finds the community.
import { DraftForm } from "./parts/draft";
import { sendOnce } from "./parts/once";
import { whenReady } from "./parts/page";
import { fill, position } from "./parts/position";

function reportForm(form: HTMLFormElement): void {
  let asked = false;
  const locate = async (): Promise<void> => {
    if (asked) {
      return;
    }
    asked = true;
    const here = await position();
    if (!here) {
      return;
    }
    fill(form, here);
    const list = form.querySelector<HTMLSelectElement>("#id_unit");
    if (!list || list.value) {
      return;
    }
    try {
      const answer = await fetch(`${form.dataset.ground}?lat=${here.lat}&lng=${here.lng}`);
      const found = (await answer.json()) as { code: string; name: string };
      const said = form.querySelector<HTMLElement>("[data-ground-said]");
      if (found.code && !list.value) {
        list.value = found.code;
        if (said) {
          said.textContent = `按定位选的「${found.name}」，不对请改。`;
        }
      }
    } catch (_offline) {
      // The list can be used by hand.
    }
  };
  const draft = new DraftForm(form, { photos: (_name, count) => count > 0 && void locate() });
  const list = form.querySelector("#id_unit");
  if (list) {
    list.addEventListener("focus", () => void locate());
  }
  void draft.restore();
}

whenReady(() => {
  document.querySelectorAll<HTMLFormElement>("form[data-once]").forEach(sendOnce);
  document.querySelectorAll<HTMLFormElement>("form[data-draft]").forEach(reportForm);
});
