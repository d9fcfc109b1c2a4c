// The leaders' board: charts and the map. `<div data-chart="bar|line" data-source="ID">` names a json_script
// block {"labels": [...], "unit": "处", "series": [{"name": "…", "values": [...]}]}.
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import "./map";
import { pageData, whenReady } from "./parts/page";

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

interface ChartData {
  labels: string[];
  unit: string;
  series: { name: string; values: (number | null)[] }[];
}

function drawChart(holder: HTMLElement): void {
  const data = pageData<ChartData>(holder.dataset.source ?? "");
  const kind = holder.dataset.chart === "bar" ? "bar" : "line";
  const names = { type: "category" as const, data: data.labels };
  const values = { type: "value" as const, name: data.unit };
  const chart = init(holder, undefined, { renderer: "svg" });
  chart.setOption({
    animation: false,
    color: ["#1f4e8c", "#7a8896", "#2f7d5b", "#b26a00"],
    grid: { left: 8, right: 16, top: 32, bottom: 8, outerBounds: { left: 0 } },
    tooltip: { trigger: "axis" },
    legend: { show: data.series.length > 1 },
    xAxis: kind === "bar" ? values : names,
    yAxis: kind === "bar" ? { ...names, inverse: true } : values,
    series: data.series.map((one) => ({ type: kind, name: one.name, data: one.values })),
  });
  window.addEventListener("resize", () => chart.resize());
}

whenReady(() => document.querySelectorAll<HTMLElement>("[data-chart]").forEach(drawChart));
