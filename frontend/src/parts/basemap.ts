// The ground of a map: 天地图 or the house's own tiles where there are any, else paper; and the town's own shapes.
// Everything is WGS-84, which for our purposes is CGCS2000 (天地图); tiles in GCJ-02 must not be used here.
import * as L from "leaflet";
import type { Feature, FeatureCollection } from "geojson";

const CHINA: L.LatLngTuple = [35, 105];

function tianditu(layer: string, key: string): L.TileLayer {
  const address =
    `https://t{s}.tianditu.gov.cn/${layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=${layer}` +
    `&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=${encodeURIComponent(key)}`;
  return L.tileLayer(address, {
    subdomains: "01234567",
    maxZoom: 18,
    // Keys for browsers are bound to a domain, which the service reads from the referrer.
    referrerPolicy: "origin",
    attribution: "底图：天地图（国家地理信息公共服务平台）",
  });
}

/** A map in `holder` without any content yet. `data-still` makes a picture of it. */
export function baseMap(holder: HTMLElement): L.Map {
  const still = holder.dataset.still !== undefined;
  const map = L.map(holder, {
    attributionControl: false,
    zoomControl: false,
    dragging: !still,
    scrollWheelZoom: !still,
    doubleClickZoom: !still,
    boxZoom: !still,
    keyboard: !still,
    touchZoom: !still,
    zoomSnap: 0.5,
    maxZoom: 18,
    fadeAnimation: false,
    zoomAnimation: !still,
  });
  if (!still) {
    L.control.zoom({ zoomInTitle: "放大", zoomOutTitle: "缩小" }).addTo(map);
  }
  L.control.scale({ imperial: false }).addTo(map);
  if (holder.dataset.tianditu) {
    tianditu("vec", holder.dataset.tianditu).addTo(map);
    tianditu("cva", holder.dataset.tianditu).addTo(map);
    L.control.attribution({ prefix: false }).addTo(map);
  } else if (holder.dataset.tiles) {
    L.tileLayer(holder.dataset.tiles, { maxZoom: 18 }).addTo(map);
  } else {
    holder.classList.add("map-paper");
  }
  map.setView(CHINA, 4);
  return map;
}

function isDot(feature?: Feature): boolean {
  return !!feature && feature.geometry.type === "Point";
}

/** Zones, streets and points of the town, quiet, below everything else. */
export function drawShapes(map: L.Map, data: FeatureCollection, named: boolean): L.GeoJSON {
  map.createPane("shapes").style.zIndex = "350";
  map.createPane("names").style.zIndex = "360";
  return L.geoJSON(data, {
    pane: "shapes",
    interactive: named,
    style: (feature) => ({ className: `shape shape-${isDot(feature) ? "dot" : feature?.properties?.kind}` }),
    pointToLayer: (_feature, at) => L.circleMarker(at, { pane: "shapes", radius: 3, interactive: named }),
    onEachFeature: (feature, layer) => {
      const { name, kind } = feature.properties || {};
      if (!name) {
        return;
      }
      if (kind === "zone" && !isDot(feature)) {
        layer.bindTooltip(name, { permanent: true, direction: "center", className: "shape-name", pane: "names" });
      } else if (named) {
        layer.bindTooltip(name, { sticky: true });
      }
    },
  }).addTo(map);
}

/** Shows all of `layers`, or China where there is nothing to show. */
export function fit(map: L.Map, ...layers: L.FeatureGroup[]): void {
  const bounds = L.latLngBounds([]);
  layers.forEach((layer) => bounds.extend(layer.getBounds()));
  if (bounds.isValid()) {
    map.fitBounds(bounds.pad(0.06), { maxZoom: 16, animate: false });
  }
}
