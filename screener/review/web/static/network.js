// The graph of a group: drawn where its nodes' order puts them, so that it looks the same at each visit;
// grows by click, follows the weeks by the slider, and can show hubs and regions.
import "./lists.js";
import cytoscape from "./vendor/cytoscape.js";
import { locale, t, tn } from "./words.js";

const box = document.getElementById("graph");
const said = document.querySelector("[data-said]");
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const KINDS = {
  person: ["ellipse", "person"], phone: ["diamond", "phone"], address: ["round-rectangle", "address"],
  hub: ["hexagon", "place"], region: ["pentagon", "place"], parcel: ["tag", "muted"],
};
const NAMES = {
  person: t("person"), phone: t("phone number"), address: t("address"), hub: t("hub"), region: t("region"), parcel: t("parcel"),
};
const out = new Set(box.dataset.out.split(" ").filter(Boolean));
const known = new Set();

const style = () => [
  { selector: "node", style: { label: "data(label)", "font-size": 11, color: colour("text"), "text-valign": "bottom", "text-margin-y": 2, width: "data(size)", height: "data(size)", "text-outline-color": colour("ground"), "text-outline-width": 2, "min-zoomed-font-size": 7 } },
  ...Object.entries(KINDS).map(([kind, [shape, name]]) => ({ selector: `node[kind="${kind}"]`, style: { shape, "background-color": colour(name) } })),
  { selector: "node[?out]", style: { "border-width": 4, "border-color": colour("bad") } },
  { selector: "node:selected", style: { "border-width": 3, "border-color": colour("focus") } },
  { selector: "edge", style: { width: "data(width)", "line-color": colour("line-strong"), "curve-style": "straight", "target-arrow-color": colour("line-strong"), "arrow-scale": 0.8, opacity: 0.75 } },
  { selector: 'edge[how="sent"]', style: { "target-arrow-shape": "triangle", "curve-style": "bezier", "line-color": colour("muted"), "target-arrow-color": colour("muted") } },
  { selector: 'edge[how!="sent"]', style: { "line-style": "dashed" } },
  { selector: ".off", style: { display: "none" } },
];

const cy = cytoscape({ container: box, style: style(), maxZoom: 3, minZoom: 0.1 });
const size = (one) => Math.min(14 + 3 * Math.sqrt(one.sent + one.received), 46);
const layer = (one) => (one.kind === "hub" ? "passed" : one.kind === "region" ? "region" : "");

const asNode = (one) => ({
  group: "nodes",
  data: { id: one.id, kind: one.kind, name: one.name, row: one.row, sent: one.sent, received: one.received, size: size(one), out: out.has(one.id), label: ["person", "phone", "address"].includes(one.kind) ? one.name : one.name, layer: layer(one) },
});
const asEdge = (one) => ({
  group: "edges",
  data: { id: `${one.source} ${one.target} ${one.how}`, source: one.source, target: one.target, how: one.how, parcels: one.parcels, sticks: one.sticks, width: Math.min(0.8 + 0.6 * Math.sqrt(one.parcels), 7) },
});

// The busiest in the middle, the others around them by the golden angle; then springs without any chance in them.
function place(nodes) {
  const order = [...nodes].sort((a, b) => b.data("size") - a.data("size") || (a.id() < b.id() ? -1 : 1));
  order.forEach((node, n) => node.position({ x: 46 * Math.sqrt(n + 0.5) * Math.cos(2.399963 * n), y: 46 * Math.sqrt(n + 0.5) * Math.sin(2.399963 * n) }));
  const shown = cy.elements().not(".off");
  shown.layout({ name: "cose", randomize: false, animate: false, fit: true, padding: 24, nodeRepulsion: () => 9000, idealEdgeLength: () => 60, numIter: 200 }).run();
}

function layers() {
  for (const input of document.querySelectorAll("[data-layer]"))
    cy.nodes(`[layer="${input.dataset.layer}"]`).toggleClass("off", !input.checked);
}

async function asked(path, query) {
  const answer = await fetch(`${box.dataset.address}/${path}${query ? `?${query}` : ""}`, { headers: { Accept: "application/json" } });
  return answer.ok ? answer.json() : null;
}

function query() {
  const fields = new URLSearchParams(box.dataset.query);
  const slider = document.querySelector("[data-weeks]");
  if (slider && Number(slider.value) < Number(slider.max)) {
    const until = new Date(slider.dataset.weeks.trim().split(" ")[Number(slider.value)]);
    until.setUTCDate(until.getUTCDate() + 6);
    fields.set("until", until.toISOString().slice(0, 10));
  }
  return fields.toString();
}

// Those who are there stay where they are; who is not of these weeks is hidden.
async function draw() {
  const found = await asked("graph", query());
  if (!found) return;
  const first = cy.nodes().empty();
  const ids = new Set([...found.nodes.map((one) => one.id), ...known]);
  const fresh = found.nodes.filter((one) => cy.getElementById(one.id).empty());
  cy.add(fresh.map(asNode));
  for (const one of found.nodes) cy.getElementById(one.id).data(asNode(one).data);
  cy.edges().remove();
  cy.add(found.edges.map(asEdge));
  cy.nodes().forEach((node) => { node.toggleClass("off", !ids.has(node.id())); });
  layers();
  if (first) place(cy.nodes().not(".off"));
  else around(cy.nodes().not(".off")[0], fresh);
  const people = found.nodes.filter((one) => one.row !== null).length;
  const text = t("%(n)s shown", { n: people.toLocaleString(locale) });
  const only = t("only the busiest are drawn");
  if (!first || found.more) said.textContent = found.more ? `${text}; ${only}` : text;
  box.dataset.drawn = String(people);
  box.dataset.until = new URLSearchParams(query()).get("until") ?? "";
}

function around(node, fresh) {
  if (!node) return;
  const { x, y } = node.position();
  fresh.forEach((one, n) => {
    const angle = 2.399963 * n + 0.5;
    cy.getElementById(one.id).position({ x: x + (70 + 4 * n) * Math.cos(angle), y: y + (70 + 4 * n) * Math.sin(angle) });
  });
}

async function grow(node) {
  const row = node.data("row");
  if (node.data("kind") === "parcel") {
    if (row) location.assign(`/parcels/${row}`);
    return;
  }
  if (!row) return;
  const found = await asked(`around/${row}`, query());
  if (!found) return;
  const fresh = found.nodes.filter((one) => cy.getElementById(one.id).empty());
  cy.add(fresh.map(asNode));
  cy.add(found.edges.map(asEdge).filter((one) => cy.getElementById(one.data.id).empty() && cy.getElementById(one.data.source).nonempty() && cy.getElementById(one.data.target).nonempty()));
  for (const one of found.nodes) { known.add(one.id); cy.getElementById(one.id).removeClass("off"); }
  around(node, fresh);
  layers();
  box.dataset.grown = String(fresh.length);
  const [sent, received] = ["sent", "received"].map((name) => node.data(name).toLocaleString(locale));
  const dealt = t("sent %(sent)s, received %(received)s", { sent, received });
  const added = tn("%(n)s neighbour added", "%(n)s neighbours added", fresh.length);
  said.textContent = `${NAMES[node.data("kind")]} ${node.data("name")}: ${dealt}; ${added}`;
}

cy.on("tap", "node", (event) => grow(event.target));
document.addEventListener("click", async (event) => {
  const id = event.target.closest?.("[data-grow]")?.dataset.grow;
  if (!id || cy.getElementById(id).empty()) return;
  cy.elements().unselect();
  cy.getElementById(id).select();
  await grow(cy.getElementById(id));
  box.scrollIntoView({ block: "nearest" });
});
cy.on("tap", "edge", (event) => {
  const edge = event.target;
  const count = tn("%(n)s parcel", "%(n)s parcels", edge.data("parcels"));
  const sticks = t("about %(n)s sticks", { n: Math.round(edge.data("sticks")).toLocaleString(locale) });
  said.textContent = `${edge.source().data("name")} → ${edge.target().data("name")}: ${count}, ${sticks}`;
});
for (const input of document.querySelectorAll("[data-layer]")) input.addEventListener("change", () => { layers(); if (input.checked) place(cy.nodes().not(".off")); });
document.querySelector("[data-fit]").addEventListener("click", () => cy.fit(cy.elements().not(".off"), 24));
const slider = document.querySelector("[data-weeks]");
if (slider) {
  const told = document.querySelector("[data-week]");
  const tell = () => { told.textContent = new Date(slider.dataset.weeks.trim().split(" ")[Number(slider.value)]).toLocaleDateString(locale, { dateStyle: "medium", timeZone: "UTC" }); };
  slider.addEventListener("input", tell);
  slider.addEventListener("change", draw);
  tell();
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => cy.style(style()));
await draw();
document.body.dataset.ready = "yes";
box.dataset.nodes = String(cy.nodes().length);
