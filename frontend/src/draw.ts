// Drawing one point, line or area on a map. `<div data-draw="ID">` names a json_script block with the shapes
// already there. What is drawn is written into the form's own fields, `data-draw-shape` (a select with GeoJSON
// type names) and `data-draw-points` (a textarea, one "lng,lat" a line): whoever cannot use a mouse types there.
import * as L from "leaflet";
import { drawMap } from "./map";
import { whenReady } from "./parts/page";

type Point = [number, number];

function read(text: string): Point[] {
  return text
    .split("\n")
    .map((line) => line.trim().split(/[,，\s]+/).map(Number))
    .filter((pair) => pair.length === 2 && pair.every((value) => isFinite(value)))
    .map(([lng, lat]) => [lat, lng] as Point);
}

function layerOf(shape: string, points: Point[]): L.Layer | null {
  if (!points.length) {
    return null;
  }
  if (shape === "Point" || points.length === 1) {
    return L.circleMarker(points[0], { radius: 8, color: "#1f4e8c" });
  }
  return shape === "Polygon" ? L.polygon(points, { color: "#1f4e8c" }) : L.polyline(points, { color: "#1f4e8c" });
}

function draw(holder: HTMLElement): void {
  const select = document.querySelector<HTMLSelectElement>("[data-draw-shape]");
  const area = document.querySelector<HTMLTextAreaElement>("[data-draw-points]");
  if (!select || !area) {
    return;
  }
  holder.dataset.map = holder.dataset.draw;
  const map = drawMap(holder);
  let shown: L.Layer | null = null;

  const show = (): void => {
    if (shown) {
      map.removeLayer(shown);
    }
    shown = layerOf(select.value, read(area.value));
    if (shown) {
      shown.addTo(map);
    }
  };
  const write = (points: Point[]): void => {
    area.value = points.map(([lat, lng]) => `${lng.toFixed(6)},${lat.toFixed(6)}`).join("\n");
    show();
  };

  map.on("click", (event: L.LeafletMouseEvent) => {
    const at: Point = [event.latlng.lat, event.latlng.lng];
    if (!select.value) {
      select.value = "Point";
    }
    write(select.value === "Point" ? [at] : [...read(area.value), at]);
  });
  area.addEventListener("input", show);
  select.addEventListener("change", show);
  document.querySelectorAll<HTMLButtonElement>("[data-draw-do]").forEach((button) =>
    button.addEventListener("click", () => write(button.dataset.drawDo === "back" ? read(area.value).slice(0, -1) : [])),
  );
  const start = read(area.value);
  if (start.length) {
    map.fitBounds(L.latLngBounds(start).pad(0.3), { maxZoom: 17 });
  }
  show();
}

whenReady(() => document.querySelectorAll<HTMLElement>("[data-draw]").forEach(draw));
