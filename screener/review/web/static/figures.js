// Draws each chart from the table below it: what is seen and what is read are the same values.
import { init } from "./vendor/echarts.js";
import { locale, t } from "./words.js";

const print = matchMedia("print");
const dark = matchMedia("(prefers-color-scheme: dark)");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const SERIES = ["chart-1", "chart-2", "chart-3", "chart-4"];
const compact = new Intl.NumberFormat(locale, { maximumFractionDigits: 3 });

const number = (text) => (text === undefined ? null : Number(text));
const cellOf = (td) => ({
  value: number(td.dataset.value),
  low: number(td.dataset.low),
  high: number(td.dataset.high),
  shown: td.dataset.shown,
  behind: td.querySelector("a").href,
});

function read(figure) {
  const rows = [...figure.querySelectorAll("tbody tr")];
  const heads = [...figure.querySelectorAll("thead th[data-shape]")];
  return {
    title: figure.querySelector("h2").textContent,
    unit: figure.dataset.unit,
    labels: rows.map((row) => row.querySelector("th").textContent),
    curves: heads.map((head, at) => ({
      name: head.dataset.name,
      shape: head.dataset.shape,
      cells: rows.map((row) => cellOf(row.querySelectorAll("td")[at])),
    })),
  };
}

const text = () => ({ color: colour("text"), fontSize: 12 });
const axis = () => ({
  axisLine: { lineStyle: { color: colour("line-strong") } },
  axisTick: { show: false },
  axisLabel: { color: colour("muted"), fontSize: 11 },
  splitLine: { lineStyle: { color: colour("line") } },
});

function common(table) {
  return {
    animation: !calm.matches,
    aria: { enabled: true, label: { description: t("%(title)s. The table below has all values.", { title: table.title }) } },
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    tooltip: {
      renderMode: "richText",
      confine: true,
      backgroundColor: colour("surface"),
      borderColor: colour("line-strong"),
      textStyle: text(),
    },
  };
}

// --- lines and bars ---------------------------------------------------------------------------------

function option(table) {
  const colours = table.curves.map((one, at) => colour(one.shape === "pale" ? "chart-pale" : SERIES[at % SERIES.length]));
  const pales = table.curves.findIndex((one) => one.shape === "pale"); // the first is solid, others are dashed
  const told = (at) =>
    [table.labels[at], ...table.curves.map((one) => `${one.name}: ${one.cells[at].shown}`)].join("\n");
  return {
    ...common(table),
    color: colours,
    grid: { left: 8, right: 14, top: 58, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, itemWidth: 18, itemHeight: 9, itemGap: 14, textStyle: text(), inactiveColor: colour("muted"), data: table.curves.map((one) => one.name) },
    tooltip: { ...common(table).tooltip, trigger: "axis", formatter: (points) => told(points[0].dataIndex) },
    xAxis: { type: "category", data: table.labels, ...axis(), axisLabel: { ...axis().axisLabel, hideOverlap: true } },
    yAxis: {
      type: "value",
      min: 0,
      minInterval: whole(table) ? 1 : 0,
      name: table.unit,
      nameLocation: "end",
      nameGap: 12,
      nameTextStyle: { color: colour("muted"), fontSize: 11, align: "left" },
      ...axis(),
      axisLine: { show: false },
      axisLabel: { ...axis().axisLabel, formatter: (value) => compact.format(value) },
    },
    series: [...table.curves.map((one, at) => drawn(one, colours[at], pales >= 0 && at > pales)), ...table.curves.flatMap((one, at) => interval(one, colours[at]))],
  };
}

const whole = (table) => table.curves.every((one) => one.cells.every(({ value }) => Number.isInteger(value ?? 0)));

function drawn(curve, ink, dashed) {
  // Of a stack what is nothing is not drawn: its edge would be.
  const data = curve.cells.map((one) => (curve.shape === "stack" ? one.value || null : one.value));
  if (curve.shape === "bar" || curve.shape === "stack")
    return {
      name: curve.name,
      type: "bar",
      data,
      stack: curve.shape === "stack" ? "all" : undefined,
      barMaxWidth: 26,
      barGap: "8%",
      cursor: "pointer",
      itemStyle: { borderColor: colour("surface"), borderWidth: curve.shape === "stack" ? 1 : 0 },
    };
  const pale = curve.shape === "pale";
  return {
    name: curve.name,
    type: "line",
    data,
    z: pale ? 3 : 4,
    symbol: "circle",
    symbolSize: pale ? 5 : 7,
    showSymbol: data.length <= 62,
    cursor: "pointer",
    lineStyle: { color: ink, width: pale ? 1.5 : 2.5, type: dashed ? "dashed" : "solid" },
    itemStyle: { color: ink },
  };
}

// An interval is a band: the lower end as nothing, the rest on top of it.
function interval(curve, ink) {
  if (curve.shape !== "line" || curve.cells.every((one) => one.low === null)) return [];
  const band = { type: "line", stack: `band ${curve.name}`, symbol: "none", silent: true, lineStyle: { opacity: 0 }, tooltip: { show: false }, z: 1 };
  return [
    { ...band, data: curve.cells.map((one) => one.low) },
    { ...band, data: curve.cells.map((one) => (one.low === null ? null : one.high - one.low)), areaStyle: { color: ink, opacity: 0.16 } },
  ];
}

// --- heat ----------------------------------------------------------------------------------------------

function heat(table) {
  const kinds = table.curves.map((one) => one.name);
  const values = table.curves.flatMap((one) => one.cells.map((cell) => cell.value));
  const most = Math.max(1, ...values);
  const shown = ([x, y]) => table.curves[x].cells[y].shown;
  const spot = (cell, x, y) => ({ value: [x, y, cell.value], label: { color: readable(cell.value / most) } });
  return {
    ...common(table),
    grid: { left: 8, right: 14, top: 8, bottom: 44, containLabel: true },
    tooltip: { ...common(table).tooltip, formatter: ({ value: [x, y] }) => `${table.labels[y]}, ${kinds[x]}: ${shown([x, y])} ${table.unit}` },
    xAxis: { type: "category", data: kinds, ...axis(), splitLine: { show: false } },
    yAxis: { type: "category", data: table.labels, inverse: true, ...axis(), splitLine: { show: false } },
    visualMap: {
      min: 0,
      max: most,
      orient: "horizontal",
      left: "center",
      bottom: 0,
      itemHeight: 120,
      itemWidth: 12,
      text: [`${compact.format(most)} ${table.unit}`, "0"],
      textStyle: text(),
      inRange: { color: [colour("heat-0"), colour("heat-1")] },
    },
    series: [
      {
        type: "heatmap",
        data: table.curves.flatMap((one, x) => one.cells.map((cell, y) => spot(cell, x, y))),
        cursor: "pointer",
        label: { show: true, formatter: ({ value }) => shown(value) },
        itemStyle: { borderColor: colour("surface"), borderWidth: 2 },
        emphasis: { itemStyle: { borderColor: colour("focus") } },
      },
    ],
  };
}

// On the strong half of the scale letters change sides.
const readable = (share) => (share > 0.5 ? colour("surface") : colour("text"));

// --- all of them -----------------------------------------------------------------------------------------

function begin(figure) {
  const table = read(figure);
  const canvas = figure.querySelector("[data-canvas]");
  canvas.setAttribute("role", "img");
  const chart = init(canvas, null, { renderer: "canvas" });
  const paint = () => chart.setOption(figure.dataset.chart === "heat" ? heat(table) : option(table), true);
  chart.on("click", ({ seriesName, seriesType, dataIndex, value }) => {
    const cell = seriesType === "heatmap" ? table.curves[value[0]].cells[value[1]] : table.curves.find((one) => one.name === seriesName)?.cells[dataIndex];
    if (cell) location.assign(cell.behind);
  });
  paint();
  new ResizeObserver(() => chart.resize()).observe(canvas);
  return { paint, chart };
}

const charts = [...document.querySelectorAll(".chart")].map(begin);
for (const one of [dark, print]) one.addEventListener("change", () => charts.forEach(({ paint }) => paint()));

const filters = document.querySelector(".figures-filters");
filters.addEventListener("change", (event) => event.target.matches("select") && filters.requestSubmit());
filters.addEventListener("submit", () => {
  for (const one of filters.elements) one.disabled = Boolean(one.name) && one.value === "";
});
addEventListener("pageshow", () => {
  for (const one of filters.querySelectorAll("[disabled]")) one.disabled = false;
});

document.body.dataset.ready = "yes"; // drawn, and keys act from here on
