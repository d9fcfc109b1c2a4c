// Before and after laid over each other with a slider. The slider is an ordinary range input, so the keyboard
// moves it; without scripts the two photos stand side by side.

function compare(pair: HTMLElement): void {
  const [before, after] = Array.prototype.slice.call(pair.querySelectorAll(".photo")) as HTMLElement[];
  const stage = after.querySelector<HTMLElement>(".photo-frame");
  const first = before.querySelector<HTMLImageElement>("img");
  if (!stage || !first) {
    return;
  }
  const tools = document.createElement("div");
  tools.className = "compare-tools";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm btn-outline-secondary";
  button.textContent = "滑动对比";
  const slider = document.createElement("input");
  slider.type = "range";
  slider.min = "0";
  slider.max = "100";
  slider.value = "50";
  slider.hidden = true;
  slider.setAttribute("aria-label", "左边露出整改前、右边露出整改后，用左右方向键移动");
  tools.appendChild(button);
  tools.appendChild(slider);
  pair.appendChild(tools);

  const over = first.cloneNode(true) as HTMLImageElement;
  over.className = "compare-over";
  over.alt = "";
  const line = document.createElement("span");
  line.className = "compare-line";
  const place = (): void => {
    over.style.clipPath = `inset(0 ${100 - Number(slider.value)}% 0 0)`;
    line.style.left = `${slider.value}%`;
    slider.setAttribute("aria-valuetext", `整改前占 ${slider.value}%`);
  };
  slider.addEventListener("input", place);
  button.addEventListener("click", () => {
    const on = !pair.classList.contains("comparing");
    pair.classList.toggle("comparing", on);
    after.classList.toggle("compare-stage", on);
    slider.hidden = !on;
    button.textContent = on ? "并排看" : "滑动对比";
    if (on) {
      stage.appendChild(over);
      stage.appendChild(line);
      place();
      slider.focus();
    } else {
      stage.removeChild(over);
      stage.removeChild(line);
    }
  });
}

/** Arms every pair of photos of the page. */
export function comparePairs(): void {
  document.querySelectorAll<HTMLElement>("[data-compare]").forEach(compare);
}
