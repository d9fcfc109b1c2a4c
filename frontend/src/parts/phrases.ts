/** A row of phrases: one tap puts the phrase into the field, behind what stands there (`data-joint`) or in its place. */
export function phrases(row: HTMLElement): void {
  const form = row.closest("form");
  const joint = row.dataset.joint === undefined ? "，" : row.dataset.joint;
  row.addEventListener("click", (event) => {
    const button = (event.target as Element).closest(".phrase");
    const field = form && (form.elements.namedItem(row.dataset.phrases || "") as HTMLInputElement | null);
    if (button && field) {
      const phrase = button.textContent || "";
      if (joint === "、" && field.value.split(/[、，,\s]+/).indexOf(phrase) >= 0) {
        return;
      }
      field.value = field.value && joint ? `${field.value}${joint}${phrase}` : phrase;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
}
