// Maps, in three kinds; coordinates are WGS-84 everywhere.
//   data-map="ID"                 draws the GeoJSON of the json_script block ID; a feature may have label, url, color
//   data-map data-url="…"         open cases from an address, with `data-shapes` below them (parts/casemap.ts)
//   data-map data-draw="Point …"  draws into a form (parts/drawing.ts)
// `data-tianditu` holds a key for 天地图, `data-tiles` an own tile address with {x} {y} {z}; with neither, the map
// is paper with the town's own shapes.
import * as L from "leaflet";
import type { FeatureCollection } from "geojson";
import { baseMap, fit } from "./parts/basemap";
import { drawCaseMaps } from "./parts/casemap";
import { startDrawings } from "./parts/drawing";
import { pageData, whenReady } from "./parts/page";

/** Draws the GeoJSON in the page into `holder` and fits the map to it. */
export function drawMap(holder: HTMLElement): L.Map {
  const map = baseMap(holder);
  const shapes = L.geoJSON(pageData<FeatureCollection>(holder.dataset.map || ""), {
    style: (feature) => ({ color: feature?.properties?.color || "#1f4e8c", weight: 2 }),
    pointToLayer: (feature, at) =>
      L.circleMarker(at, { radius: 7, color: feature.properties?.color || "#1f4e8c" }),
    onEachFeature: (feature, layer) => {
      const { label, url } = feature.properties || {};
      if (label) {
        const link = document.createElement(url ? "a" : "span");
        link.textContent = label;
        if (url) {
          link.setAttribute("href", url);
        }
        layer.bindPopup(link);
      }
    },
  }).addTo(map);
  fit(map, shapes);
  return map;
}

whenReady(() => {
  document.querySelectorAll<HTMLElement>("[data-map]:not([data-url]):not([data-draw])").forEach(drawMap);
  drawCaseMaps();
  startDrawings();
});
