// Drawing a point, a line or an area on a map, by clicks or by typed coordinates (the way by keyboard).
//
//   <div data-map data-draw="Point LineString Polygon" data-lat="id_lat" data-lng="id_lng" data-geometry="id_geometry"
//        data-shapes="…GeoJSON of the surroundings…"></div>
//
// A point goes into the two inputs (degrees, WGS-84); a line or an area goes as GeoJSON into the third, and its
// middle into the first two. Without scripts the inputs are simply filled in by hand.
import * as L from "leaflet";
import type { FeatureCollection, Geometry } from "geojson";
import { pageData } from "./page";
import { baseMap, drawShapes, fit } from "./basemap";

type Kind = "Point" | "LineString" | "Polygon";
const NAMES: Record<Kind, string> = { Point: "点", LineString: "线", Polygon: "面" };
const LEAST: Record<Kind, number> = { Point: 1, LineString: 2, Polygon: 3 };

function input(id: string | undefined): HTMLInputElement | HTMLTextAreaElement | null {
  return id ? (document.getElementById(id) as HTMLInputElement | null) : null;
}

function button(label: string, run: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "btn btn-outline-secondary btn-sm";
  made.textContent = label;
  made.addEventListener("click", run);
  return made;
}

/** Corners out of 「118.38, 24.95」 lines; null where a line cannot be read. */
export function readCorners(text: string): L.LatLng[] | null {
  const found: L.LatLng[] = [];
  for (const row of text.split(/[\n;；]+/)) {
    if (!row.trim()) {
      continue;
    }
    const numbers = row.trim().split(/[\s,，]+/).map(Number);
    if (numbers.length !== 2 || numbers.some((one) => !isFinite(one)) || Math.abs(numbers[0]) > 180 || Math.abs(numbers[1]) > 90) {
      return null;
    }
    found.push(L.latLng(numbers[1], numbers[0]));
  }
  return found;
}

class Drawing {
  private readonly map: L.Map;
  private readonly layer = L.featureGroup();
  private readonly tools = document.createElement("div");
  private readonly typed = document.createElement("textarea");
  private readonly note = document.createElement("p");
  private corners: L.LatLng[] = [];
  private kind: Kind;

  constructor(private readonly holder: HTMLElement) {
    const kinds = (holder.dataset.draw || "Point").split(/\s+/) as Kind[];
    this.kind = kinds[0];
    this.map = baseMap(holder);
    this.layer.addTo(this.map);
    this.build(kinds);
    this.read();
    this.surroundings();
    this.map.on("click", (event) => this.add(event.latlng));
    [holder.dataset.lat, holder.dataset.lng].forEach((id) => {
      const field = input(id);
      if (field) {
        field.addEventListener("change", () => this.fromNumbers());
      }
    });
  }

  private build(kinds: Kind[]): void {
    this.tools.className = "map-tools";
    if (kinds.length > 1) {
      kinds.forEach((kind) => {
        const made = button(`画${NAMES[kind]}`, () => this.choose(kind));
        made.dataset.kind = kind;
        this.tools.appendChild(made);
      });
    }
    this.tools.appendChild(button("在地图中心加一点", () => this.add(this.map.getCenter())));
    this.tools.appendChild(button("撤销一点", () => this.set(this.corners.slice(0, -1))));
    this.tools.appendChild(button("清空", () => this.set([])));
    const label = document.createElement("label");
    label.textContent = "坐标（每行一点：经度, 纬度）";
    this.typed.rows = 3;
    this.typed.id = `${this.holder.id || "map"}-typed`;
    this.typed.className = "form-control";
    label.htmlFor = this.typed.id;
    this.typed.addEventListener("change", () => this.fromText());
    this.note.className = "form-text";
    this.note.setAttribute("aria-live", "polite");
    [this.note, this.typed, label, this.tools].forEach((one) => this.holder.insertAdjacentElement("afterend", one));
  }

  /** What the form already holds, or a shape given in a json_script block (`data-map="ID"`). */
  private read(): void {
    const field = input(this.holder.dataset.geometry);
    let shape: Geometry | null = null;
    if (field && field.value.trim()) {
      try {
        shape = JSON.parse(field.value) as Geometry;
      } catch {
        shape = null;
      }
    } else if (this.holder.dataset.map && document.getElementById(this.holder.dataset.map)) {
      shape = pageData<Geometry | null>(this.holder.dataset.map);
    }
    if (shape && (shape.type === "LineString" || shape.type === "Polygon")) {
      this.kind = shape.type;
      const ring = shape.type === "Polygon" ? shape.coordinates[0].slice(0, -1) : shape.coordinates;
      this.corners = ring.map((one) => L.latLng(one[1], one[0]));
    } else if (shape && shape.type === "Point") {
      this.corners = [L.latLng(shape.coordinates[1], shape.coordinates[0])];
    } else {
      this.corners = this.numbers();
    }
    this.draw();
  }

  private numbers(): L.LatLng[] {
    const lat = input(this.holder.dataset.lat);
    const lng = input(this.holder.dataset.lng);
    return lat && lng && lat.value.trim() && lng.value.trim()
      ? readCorners(`${lng.value},${lat.value}`) || []
      : [];
  }

  private surroundings(): void {
    fit(this.map, this.layer);
    if (!this.holder.dataset.shapes) {
      return;
    }
    fetch(this.holder.dataset.shapes, { credentials: "same-origin" })
      .then((answer) => answer.json() as Promise<FeatureCollection>)
      .then((data) => {
        const shapes = drawShapes(this.map, data, false);
        if (!this.corners.length) {
          fit(this.map, shapes);
        }
      })
      .catch(() => undefined);
  }

  private choose(kind: Kind): void {
    this.kind = kind;
    this.set(kind === "Point" ? this.corners.slice(0, 1) : this.corners);
  }

  private add(at: L.LatLng): void {
    this.set(this.kind === "Point" ? [at] : [...this.corners, at]);
  }

  private fromText(): void {
    const found = readCorners(this.typed.value);
    if (found) {
      this.set(this.kind === "Point" ? found.slice(0, 1) : found);
      fit(this.map, this.layer);
    } else {
      this.note.textContent = "坐标没看懂：每行写一点，先经度后纬度，例如 118.380000, 24.950000。";
    }
  }

  private fromNumbers(): void {
    if (this.kind === "Point") {
      this.corners = this.numbers();
      this.draw();
      fit(this.map, this.layer);
    }
  }

  private set(corners: L.LatLng[]): void {
    this.corners = corners;
    this.draw();
    this.write();
  }

  private draw(): void {
    this.layer.clearLayers();
    if (this.kind === "LineString" && this.corners.length > 1) {
      this.layer.addLayer(L.polyline(this.corners, { className: "shape shape-drawn" }));
    } else if (this.kind === "Polygon" && this.corners.length > 2) {
      this.layer.addLayer(L.polygon(this.corners, { className: "shape shape-drawn" }));
    }
    this.corners.forEach((at, index) => {
      const icon = L.divIcon({ className: "map-corner", iconSize: [14, 14] });
      const corner = L.marker(at, { icon, draggable: true, title: `第 ${index + 1} 点，可拖动` });
      corner.on("dragend", () => {
        const moved = this.corners.slice();
        moved[index] = corner.getLatLng();
        this.set(moved);
      });
      this.layer.addLayer(corner);
    });
    this.typed.value = this.corners.map((at) => `${at.lng.toFixed(6)}, ${at.lat.toFixed(6)}`).join("\n");
    this.tools.querySelectorAll<HTMLElement>("[data-kind]").forEach((one) =>
      one.setAttribute("aria-pressed", String(one.dataset.kind === this.kind)),
    );
    const missing = LEAST[this.kind] - this.corners.length;
    this.note.textContent = missing > 0
      ? `点一下地图加一点，还差 ${missing} 点。也可以在上面直接填坐标。`
      : `已画${NAMES[this.kind]}，共 ${this.corners.length} 点。拖动可以修正。`;
  }

  /** Into the form: numbers for a point, GeoJSON for the rest, nothing for what is not finished. */
  private write(): void {
    const done = this.corners.length >= LEAST[this.kind];
    const shape = input(this.holder.dataset.geometry);
    if (shape) {
      shape.value = done && this.kind !== "Point" ? JSON.stringify(this.geometry()) : "";
    }
    const lat = input(this.holder.dataset.lat);
    const lng = input(this.holder.dataset.lng);
    if (lat && lng) {
      const middle = done ? L.latLngBounds(this.corners).getCenter() : null;
      const single = this.kind === "Point" ? this.corners[0] : middle;
      lat.value = single ? single.lat.toFixed(6) : "";
      lng.value = single ? single.lng.toFixed(6) : "";
    }
  }

  private geometry(): Geometry {
    const points = this.corners.map((at) => [Number(at.lng.toFixed(6)), Number(at.lat.toFixed(6))]);
    return this.kind === "Polygon"
      ? { type: "Polygon", coordinates: [[...points, points[0]]] }
      : { type: "LineString", coordinates: points };
  }
}

/** Every `[data-draw]` of the page. */
export function startDrawings(): void {
  document.querySelectorAll<HTMLElement>("[data-draw]").forEach((holder) => {
    new Drawing(holder);
  });
}
