// The leaders' board: charts, the map, printing, and the big screen that renews itself.
//
// `<div data-chart="bar|line" data-source="ID">` names a json_script block
// {"labels": [...], "unit": "处", "series": [{"name": "…", "values": [...], "unit": "%"}]}; series with another
// unit than the first get a pane of their own below it. `data-theme="dark"` is for the wall.
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { getInstanceByDom, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import "./map";
import { pageData, whenReady } from "./parts/page";

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

interface ChartData {
  labels: string[];
  unit: string;
  series: { name: string; values: (number | null)[]; unit?: string }[];
}

const FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
// Told apart by mark and dash as well as by colour.
const SYMBOLS = ["circle", "triangle", "rect", "diamond"];
const DASHES = ["solid", "dashed", "solid", "dotted"] as const;
const LIGHT = { lines: ["#1f4e8c", "#7a8896", "#2f7d5b", "#8a6d1f"], text: "#4a5563", grid: "#e6eaef" };
const DARK = { lines: ["#7fb6ff", "#c4cfdd", "#5fd0a5", "#e6c36a"], text: "#b8c7dc", grid: "#1d3a63" };

function drawChart(holder: HTMLElement): void {
  const data = pageData<ChartData>(holder.dataset.source || "");
  const look = holder.dataset.theme === "dark" ? DARK : LIGHT;
  const bars = holder.dataset.chart === "bar";
  const units: string[] = [];
  data.series.forEach((one) => {
    const unit = one.unit || data.unit;
    if (units.indexOf(unit) < 0) {
      units.push(unit);
    }
  });
  const narrow = holder.clientWidth < 420;
  const size = holder.dataset.theme === "dark" ? Math.max(12, Math.round(window.innerWidth / 130)) : narrow ? 11 : 12;
  const text = { color: look.text, fontFamily: FONT, fontSize: size };
  // Panes one below the other, in pixels: the legend above, the names of the weeks below the last.
  const head = size * 2.6;
  const share = (holder.clientHeight - head - size * 1.6) / units.length;
  const names = units.map((_unit, index) => ({
    type: "category" as const,
    data: data.labels,
    gridIndex: index,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: look.grid } },
    axisLabel: { ...text, show: index === units.length - 1, interval: 0, hideOverlap: true },
    inverse: bars,
  }));
  const values = units.map((unit, index) => ({
    type: "value" as const,
    gridIndex: index,
    minInterval: unit === "%" ? undefined : 1,
    max: unit === "%" ? 100 : undefined,
    splitNumber: 2,
    axisLabel: { ...text, formatter: `{value}${unit === "%" ? "%" : ""}` },
    splitLine: { lineStyle: { color: look.grid } },
  }));
  const chart = getInstanceByDom(holder) || init(holder, undefined, { renderer: "svg" });
  chart.resize();
  chart.setOption({
    animation: false,
    color: look.lines,
    textStyle: text,
    grid: units.map((_unit, index) =>
      units.length === 1
        ? { left: 8, right: 16, top: head, bottom: 8, outerBounds: { left: 0 } }
        : { left: size * 4, right: size * 2, top: head + share * index + size * 0.4, height: share - size * 1.6 },
    ),
    tooltip: { trigger: "axis", confine: true, textStyle: { fontFamily: FONT } },
    axisPointer: { link: [{ xAxisIndex: "all" }] },
    legend: { show: data.series.length > 1, top: 0, textStyle: text, itemGap: narrow ? 6 : size * 1.5, itemWidth: narrow ? 18 : 25 },
    xAxis: bars ? values : names,
    yAxis: bars ? names : values,
    series: data.series.map((one, index) => {
      const at = units.indexOf(one.unit || data.unit);
      return {
        type: bars ? "bar" : "line",
        name: one.unit && units.length > 1 ? `${one.name}（${one.unit}）` : one.name,
        data: one.values,
        xAxisIndex: at,
        yAxisIndex: at,
        symbol: SYMBOLS[index % SYMBOLS.length],
        symbolSize: size * 0.6,
        lineStyle: { width: 2, type: DASHES[index % DASHES.length] },
      };
    }),
  });
}

function drawCharts(): void {
  document.querySelectorAll<HTMLElement>("[data-chart]").forEach(drawChart);
}

/** The wall: every part marked data-fresh is taken from a new copy of the page; a lost line is said aloud. */
function renew(): void {
  fetch(window.location.href, { cache: "no-store" })
    .then((answer) => {
      if (answer.status === 404) {
        // Revoked or expired: show what the server says instead of old numbers.
        window.location.reload();
      }
      return answer.ok ? answer.text() : Promise.reject(new Error(String(answer.status)));
    })
    .then((text) => {
      const page = new DOMParser().parseFromString(text, "text/html");
      page.querySelectorAll<HTMLElement>("[data-fresh]").forEach((fresh) => {
        const old = document.getElementById(fresh.id);
        if (old && old.parentNode) {
          old.parentNode.replaceChild(document.adoptNode(fresh), old);
        }
      });
      document.body.classList.remove("wall-lost");
      drawCharts();
    })
    .catch(() => document.body.classList.add("wall-lost"));
}

whenReady(() => {
  if (document.body.classList.contains("wall")) {
    document.documentElement.classList.add("wall-scale");
  }
  drawCharts();
  let timer = 0;
  window.addEventListener("resize", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(
      drawCharts,
      150,
    );
  });
  document.querySelectorAll<HTMLElement>("[data-print]").forEach((one) =>
    one.addEventListener("click", () => window.print()),
  );
  document.querySelectorAll<HTMLFormElement>("form[data-submit]").forEach((form) => {
    form.classList.add("submits-itself");
    form.addEventListener("change", () => form.submit());
  });
  const wall = document.querySelector<HTMLElement>("[data-refresh]");
  if (wall) {
    window.setInterval(renew, Number(wall.dataset.refresh || 60) * 1000);
  }
});
