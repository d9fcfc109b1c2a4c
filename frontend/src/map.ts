// Maps drawn from our own geometry. `<div data-map="ID">` names a json_script block with GeoJSON (WGS-84);
// `data-tiles` may hold a tile address with {x} {y} {z}. Points are circles: no marker pictures are needed.
import * as L from "leaflet";
import type { FeatureCollection } from "geojson";
import { pageData, whenReady } from "./parts/page";

/** Draws one map into `holder` and fits it to what it shows. */
export function drawMap(holder: HTMLElement): L.Map {
  const map = L.map(holder, { zoomControl: true, attributionControl: false });
  if (holder.dataset.tiles) {
    L.tileLayer(holder.dataset.tiles, { maxZoom: 18 }).addTo(map);
  }
  const shapes = L.geoJSON(pageData<FeatureCollection>(holder.dataset.map ?? ""), {
    style: (feature) => ({ color: feature?.properties?.color ?? "#1f4e8c", weight: 2 }),
    pointToLayer: (feature, at) =>
      L.circleMarker(at, { radius: 7, color: feature.properties?.color ?? "#1f4e8c" }),
    onEachFeature: (feature, layer) => {
      const { label, url } = feature.properties ?? {};
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
  const bounds = shapes.getBounds();
  if (bounds.isValid()) {
    map.fitBounds(bounds.pad(0.1), { maxZoom: 17 });
  } else {
    map.setView([35, 105], 4);
  }
  return map;
}

whenReady(() => document.querySelectorAll<HTMLElement>("[data-map]").forEach(drawMap));
