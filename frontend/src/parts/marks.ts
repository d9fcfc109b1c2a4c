// The marks of a map: shape and colour together, so that they can be told apart without colour.
import * as L from "leaflet";

const SVG = "http://www.w3.org/2000/svg";
const PATHS: Record<string, string> = {
  red: "M3 3h14v14H3z",
  yellow: "M10 2l9 16H1z",
  green: "M10 2a8 8 0 1 1 0 16a8 8 0 1 1 0-16z",
  still: "M4 3h4v14H4zM12 3h4v14h-4z",
};
export const WORDS: Record<string, string> = { red: "超期", yellow: "将到期", green: "正常", still: "未计时" };
export const SIGNS: Record<string, string> = { red: "■", yellow: "▲", green: "●", still: "‖" };
// The most pressing lies on top.
const HEIGHT: Record<string, number> = { red: 3000, yellow: 2000, green: 1000, still: 0 };

/** A mark for one case at `at`; `title` is what a reader hears. */
export function mark(at: L.LatLngExpression, light: string, title: string, keyboard: boolean): L.Marker {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 20 20");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[light] || PATHS.still);
  drawing.appendChild(path);
  const icon = L.divIcon({
    className: `mk mk-${light}`,
    html: drawing as unknown as HTMLElement,
    iconSize: [18, 18],
  });
  return L.marker(at, { icon, title, alt: title, keyboard, zIndexOffset: HEIGHT[light] || 0 });
}

/** A mark for many cases: how many, and how many of them are overdue. */
export function heap(at: L.LatLngExpression, count: number, red: number, yellow: number): L.Marker {
  const box = document.createElement("span");
  box.textContent = String(count);
  const late = document.createElement("small");
  late.textContent = red ? `■${red}` : yellow ? `▲${yellow}` : "";
  late.className = red ? "mk-red" : "mk-yellow";
  if (late.textContent) {
    box.appendChild(late);
  }
  const size = Math.min(48, 26 + Math.round(Math.log(count + 1) * 4));
  const icon = L.divIcon({
    className: "mk-heap",
    html: box,
    iconSize: [size, size],
  });
  const title = `${count} 处，其中超期 ${red} 处、将到期 ${yellow} 处`;
  return L.marker(at, { icon, title, alt: title });
}
