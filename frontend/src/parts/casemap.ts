// Open cases on a map, and the same cases as a list for those who cannot use a map.
import * as L from "leaflet";
import type { Feature, FeatureCollection } from "geojson";
import { baseMap, drawShapes, fit } from "./basemap";
import { heap, mark, SIGNS, WORDS } from "./marks";

interface Cases extends FeatureCollection {
  total: number;
  grid: boolean;
  nowhere: number;
  reported: number;
  waiting: number;
  suspended: number;
}

// More marks than this are no tab stops: the list is the way by keyboard.
const TAB_STOPS = 30;
const LISTED = 200;
// Pixels between two heaps.
const CELL = 54;

function json<T>(address: string): Promise<T> {
  return fetch(address, { credentials: "same-origin", headers: { Accept: "application/json" } }).then((answer) => {
    if (!answer.ok) {
      throw new Error(String(answer.status));
    }
    return answer.json() as Promise<T>;
  });
}

function line(tag: string, text: string, className = ""): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = className;
  return made;
}

/** 「‖ 2026-0012」 with place, category, deadline: what a popup and a line of the list say. */
function told(feature: Feature): HTMLElement {
  const { number, place, category, due, light, state, url } = feature.properties as Record<string, string>;
  const box = document.createElement("div");
  const head = document.createElement("p");
  head.className = "mk-head";
  head.appendChild(line("span", `${SIGNS[light]} ${WORDS[light]}`, `mk-${light}`));
  const link = line("a", number);
  link.setAttribute("href", url);
  head.appendChild(link);
  box.appendChild(head);
  box.appendChild(line("p", `${place} · ${category}`));
  box.appendChild(line("p", due ? `${state}，期限 ${due}` : state, "mk-due"));
  return box;
}

/** 「未结 26 处：在办 13、待派遣 10、待受理 3；其中 2 处没有坐标」: the same 在办 as the number above. */
function summary(data: Cases): string {
  if (!data.total) {
    return "没有未结问题";
  }
  const parts = [`在办 ${data.total - data.reported - data.waiting - data.suspended}`];
  const apart: [string, number][] = [["待受理", data.reported], ["待派遣", data.waiting], ["挂账", data.suspended]];
  apart.forEach(([word, count]) => {
    if (count) {
      parts.push(`${word} ${count}`);
    }
  });
  const lost = data.nowhere ? `；其中 ${data.nowhere} 处没有坐标` : "";
  return `未结 ${data.total} 处：${parts.join("、")}${lost}`;
}

function pointOf(feature: Feature): L.LatLng | null {
  if (!feature.geometry || feature.geometry.type !== "Point") {
    return null;
  }
  return L.latLng(feature.geometry.coordinates[1], feature.geometry.coordinates[0]);
}

class CaseMap {
  private readonly map: L.Map;
  private readonly marks = L.featureGroup();
  private readonly named: boolean;
  private shapes: L.GeoJSON | null = null;
  private grid = false;
  private fitted = false;
  private reading = false;
  private timer = 0;

  constructor(private readonly holder: HTMLElement) {
    this.named = holder.dataset.still === undefined;
    this.map = baseMap(holder);
    this.marks.addTo(this.map);
    const shapes = holder.dataset.shapes
      ? json<FeatureCollection>(holder.dataset.shapes).then((data) => {
          this.shapes = drawShapes(this.map, data, this.named);
        })
      : Promise.resolve();
    Promise.all([shapes.catch(() => undefined), this.load()]).then(() => this.settle());
    // Opening a popup may move the map: what is being read must not be taken away.
    this.map.on("popupopen", () => (this.reading = true));
    this.map.on("popupclose", () => (this.reading = false));
    this.map.on("moveend", () => {
      if (this.grid && this.fitted && !this.reading) {
        window.clearTimeout(this.timer);
        this.timer = window.setTimeout(() => this.load(true), 250);
      }
    });
  }

  private settle(): void {
    fit(this.map, this.marks, ...(this.shapes ? [this.shapes] : []));
    this.fitted = true;
    if (this.grid) {
      // Cells as wide as the view wants them.
      this.load(true);
    }
  }

  /** Asks for the cases again; `part` only for those in sight. A failure leaves what is there and says so. */
  load(part = false): Promise<void> {
    let address = this.holder.dataset.url || "";
    if (part) {
      const bounds = this.map.getBounds();
      address += `${address.indexOf("?") < 0 ? "?" : "&"}box=${bounds.toBBoxString()},${Math.round(this.holder.clientWidth / CELL)}`;
    }
    return json<Cases>(address)
      .then((data) => this.show(data, part))
      .catch(() => this.say("地图数据没有取到，请检查网络后刷新页面"));
  }

  private show(data: Cases, part: boolean): void {
    // A zoomed-in answer with single marks stays tied to the view: moving on asks again.
    this.grid = data.grid || part;
    this.marks.clearLayers();
    const keyboard = data.features.length <= TAB_STOPS;
    data.features.forEach((feature) => {
      const at = pointOf(feature);
      if (at) {
        this.marks.addLayer(this.markFor(feature, at, keyboard));
      }
    });
    if (!part) {
      this.say(summary(data));
    }
    this.list(data);
  }

  private markFor(feature: Feature, at: L.LatLng, keyboard: boolean): L.Marker {
    const said = feature.properties || {};
    if (said.count) {
      const made = heap(at, said.count, said.red, said.yellow);
      return made.on("click", () => this.map.setView(at, Math.min(18, this.map.getZoom() + 2)));
    }
    const title = this.named ? `${said.number} ${said.place} ${WORDS[said.light]}` : WORDS[said.light];
    const made = mark(at, said.light, title, this.named && keyboard);
    return this.named ? made.bindPopup(() => told(feature)) : made;
  }

  private list(data: Cases): void {
    const holder = document.getElementById(`${this.holder.id}-list`);
    if (!holder) {
      return;
    }
    holder.textContent = "";
    if (data.grid) {
      holder.appendChild(line("p", "问题较多，请在地图上放大到一个片区再看列表，或到问题台账筛选。", "bd-empty"));
      return;
    }
    if (!data.features.length) {
      holder.appendChild(line("p", "没有未结的问题。", "bd-empty"));
      return;
    }
    const rows = document.createElement("ol");
    data.features.slice(0, LISTED).forEach((feature) => {
      const row = document.createElement("li");
      row.appendChild(told(feature));
      rows.appendChild(row);
    });
    holder.appendChild(rows);
    if (data.features.length > LISTED) {
      holder.appendChild(line("p", `只列最急的 ${LISTED} 处，其余见问题台账。`, "bd-empty"));
    }
  }

  private say(words: string): void {
    const panel = this.holder.closest("section");
    const holder = panel && panel.querySelector("[data-map-total]");
    if (holder) {
      holder.textContent = words;
    }
  }
}

function wireList(button: HTMLElement): void {
  const id = button.dataset.mapList || "";
  const map = document.getElementById(id);
  const list = document.getElementById(`${id}-list`);
  if (!map || !list) {
    return;
  }
  button.addEventListener("click", () => {
    const open = list.hidden;
    list.hidden = !open;
    map.style.visibility = open ? "hidden" : "";
    button.setAttribute("aria-expanded", String(open));
    button.textContent = open ? "地图" : "列表";
  });
}

/** Every `[data-map][data-url]` of the page, with its button 「列表」. */
export function drawCaseMaps(): void {
  document.querySelectorAll<HTMLElement>("[data-map][data-url]").forEach((holder) => {
    const map = new CaseMap(holder);
    if (holder.dataset.refreshMap !== undefined) {
      window.setInterval(() => map.load(), 60_000);
    }
  });
  document.querySelectorAll<HTMLElement>("[data-map-list]").forEach(wireList);
}
