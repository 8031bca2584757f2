// The viewer of X-ray pictures: templates/_viewer.html says what it needs and which keys it takes.
//
// The picture is first seen as its scanner sent it. Filters act while their key or button is held, or are
// switched by a tap; one key takes all of them away. `used()` says which were used, for the record.

import { keys } from "./keys.js";
import { GlEngine } from "./viewer/gl_engine.js";
import { effectiveZ } from "./viewer/matter.js";
import { recall, remember } from "./viewer/memory.js";
import { PlainEngine } from "./viewer/plain_engine.js";
import { point } from "./viewer/pointing.js";
import { load } from "./viewer/raster.js";
import { PALETTES, PLAIN, recipe } from "./viewer/recipe.js";
import { Tile } from "./viewer/tile.js";

const CLOSEST = 24, FURTHEST = 0.5;  // screen pixels a pixel of the scan; share of what fits
const STEP = 1.25, PAN_PX_S = 900, CURSOR_PX = 10, LOUPE = { radius: 120, times: 3 };
const BARS_MM = [2, 5, 10, 20, 50, 100, 200, 500];
const SWITCHES = ["map", "invert", "organic", "metal", "edges", "penetrate", "loupe", "measure"];
const GAP = 4;  // between views
const REPEATED = ["in", "out"];
const HELD_MS = 300;
const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export class Viewer {
  constructor(root, { views, next = [], texts, mapped = false, engine = "best" }) {
    this.root = root;
    this.texts = texts;
    this.stage = root.querySelector(".viewer-stage");
    this.canvas = root.querySelector("canvas");
    this.context = this.canvas.getContext("2d");
    this.tiles = views.map((view) => new Tile(view));
    this.settings = { ...PLAIN };
    this.tools = new Set();
    this.kept = { scale: null, only: null, mapped, last: null, ...recall() };
    this.cursor = null;
    this.measured = null;
    this.moving = new Set();
    this.engine = this.opened(engine);
    this.arrange();
    this.listen();
    this.ready = this.fetch(next);
    this.refresh();
  }

  // --- what others ask for ------------------------------------------------------------------------

  used() {
    // The tools that were used since the page was opened, in order: filters, map, loupe, measure, zoom.
    return [...this.tools];
  }

  reset() {
    // The picture as its scanner sent it, all of it in sight.
    this.settings = { ...PLAIN };
    this.loupe = this.measuring = false;
    this.measured = null;
    Object.assign(this.kept, { mapped: false, scale: null });
    for (const tile of this.tiles) tile.raster && tile.centre();
    this.changed(this.texts.reset);
  }

  is(tool) {
    if (tool === "map") return this.kept.mapped;
    if (tool === "loupe") return Boolean(this.loupe);
    if (tool === "measure") return Boolean(this.measuring);
    if (tool === "organic" || tool === "metal") return this.settings.strip === tool;
    return this.settings[tool];
  }

  set(tool, on) {
    if (on && (tool === "organic" || tool === "metal") && !this.tellsMatter()) return this.say(this.texts.single);
    if (tool === "map") this.kept.mapped = on;
    else if (tool === "loupe") this.loupe = on;
    else if (tool === "measure") this.measuring = on;
    else if (tool === "organic" || tool === "metal") this.settings.strip = on ? tool : "";
    else this.settings[tool] = on;
    if (tool === "measure" && !on) this.measured = null;
    if (on) this.tools.add(tool);
    if (on && tool === "measure") this.stage.focus({ preventScroll: true });
    this.changed(`${this.label(tool)}: ${on ? this.texts.on : this.texts.off}`);
  }

  setWindow(lo, hi) {
    // Levels from black to white, as shares of air (or of the top of an 8-bit picture).
    const span = Math.max(hi - lo, 1e-5), low = Math.min(Math.max(lo, -0.5), 1.5 - span);
    Object.assign(this.settings, { lo: low, hi: low + span });
    this.tools.add("window");
    this.changed();
  }

  setGamma(gamma) {
    this.settings.gamma = Math.min(Math.max(gamma, 0.2), 5);
    this.tools.add("gamma");
    this.changed();
  }

  setPalette(name) {
    this.settings.palette = name;
    if (name !== "original") this.tools.add(`palette-${name}`);
    this.changed(this.texts.palettes[name]);
  }

  swap() {
    // Between the original and the filters that were used last.
    const plain = this.isPlain();
    if (plain && !this.kept.last) return this.say(this.texts.reset);
    this.settings = { ...PLAIN, ...(plain ? this.kept.last : {}) };
    if (plain) for (const one of named(this.settings)) this.tools.add(one);
    this.changed(plain ? this.texts.again : this.texts.reset);
  }

  show(only) {
    // One view by its place from 0, or null for all of them side by side.
    if (only !== null && !this.tiles[only]) return;
    this.kept.only = only;
    this.arrange();
    this.changed();
  }

  showTone(shown) {
    this.kept.tone = shown;
    this.changed();
  }

  turn() {
    // All views, then one after the other.
    const next = this.kept.only === null ? 0 : this.kept.only + 1;
    this.show(next < this.tiles.length ? next : null);
  }

  zoom(factor, x = null, y = null) {
    // Around a point of the stage, which stays where it is; without one around the middle.
    const tile = this.tileAt(x, y);
    if (!tile?.raster) return;
    const px = x ?? tile.box.x + tile.box.wide / 2, py = y ?? tile.box.y + tile.box.high / 2;
    const place = tile.toMm(px, py, this.scale);
    const most = CLOSEST / Math.min(tile.raster.along, tile.raster.across);
    this.kept.scale = Math.min(Math.max(this.scale * factor, FURTHEST * this.fitting()), most);
    tile.hold(place, px, py, this.scale);
    this.tools.add("zoom");
    this.changed();
  }

  fit() {
    this.kept.scale = null;
    for (const tile of this.tiles) tile.raster && tile.centre();
    this.changed(this.texts.fit);
  }

  dispose() {
    for (const end of this.ends) end();
    this.sized.disconnect();
    this.engine.dispose?.();
  }

  // --- pictures -----------------------------------------------------------------------------------

  opened(wanted) {
    if (wanted !== "canvas") {
      try {
        return new GlEngine(() => this.fall(), wanted === "webgl2");
      } catch {
        // Without a graphics processor the processor computes the same picture.
      }
    }
    return new PlainEngine();
  }

  fall() {
    this.engine = new PlainEngine();
    this.root.dataset.engine = this.engine.name;
    this.changed();
  }

  async fetch(next) {
    await Promise.all(this.tiles.map((tile) => this.fetchOne(tile)));
    this.root.dataset.ready = "";
    for (const url of next) fetch(url, { priority: "low" }).then((answer) => answer.arrayBuffer(), () => null);
  }

  async fetchOne(tile) {
    const { view } = tile;
    const map = view.map ? load(view.map).catch(() => null) : null;
    try {
      if (!view.pixels) throw new Error(view.gone || "");
      tile.take(await load(view.pixels));
    } catch (error) {
      tile.failure = filled(this.texts.failed, { number: view.number, why: error.message || error.status || "" });
      this.say(tile.failure);
    }
    const found = await map;
    if (found) tile.takeMap(found);
    this.arrange(); // how large it is, and so in how many columns the views are largest, is known only now
    this.changed();
  }

  tellsMatter() {
    return this.visible().some((tile) => tile.raster?.dual && tile.raster.channels > 1);
  }

  isPlain() {
    return Object.keys(PLAIN).every((name) => this.settings[name] === PLAIN[name]);
  }

  // --- where things lie ---------------------------------------------------------------------------

  visible() {
    const only = this.tiles[this.kept.only ?? -1];
    return only ? [only] : this.tiles;
  }

  fitting() {
    const scales = this.visible().filter((tile) => tile.raster).map((tile) => tile.fitting());
    return Math.max(Math.min(...scales, 1e6), 1e-3);
  }

  get scale() {
    // CSS pixels a mm, the same in all views, so that sizes compare.
    return this.kept.scale ?? this.fitting();
  }

  arrange() {
    // The views in as many columns as show them largest.
    const wide = this.stage.clientWidth, high = this.stage.clientHeight, shown = this.visible();
    let best = null;
    for (let columns = 1; columns <= shown.length; columns++) {
      place(shown, columns, wide, high);
      const scale = this.fitting();
      if (!best || scale > best.scale) best = { columns, scale };
    }
    if (best) place(shown, best.columns, wide, high);
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(wide * ratio));
    this.canvas.height = Math.max(1, Math.round(high * ratio));
    this.ratio = ratio;
  }

  tileAt(x, y) {
    const shown = this.visible();
    if (x === null) return this.cursor && shown.includes(this.cursor.tile) ? this.cursor.tile : shown[0];
    return shown.find((tile) => tile.holds(x, y)) ?? shown[0];
  }

  // --- what people do -----------------------------------------------------------------------------

  listen() {
    this.sized = new ResizeObserver(() => {
      this.arrange();
      this.refresh();
    });
    this.sized.observe(this.stage);
    this.ends = [
      point(this.canvas, this.pointing()),
      ...this.keys(),
    ];
    for (const button of this.root.querySelectorAll("[data-tool]")) this.wire(button);
    for (const input of this.root.querySelectorAll("[data-range]")) {
      input.addEventListener("input", () => this.range(input.dataset.range, Number(input.value)));
    }
  }

  wire(button) {
    // A long press acts as long as it lasts, a click switches.
    const { tool } = button.dataset;
    let was = null, at = 0;
    button.addEventListener("pointerdown", (event) => {
      if (!SWITCHES.includes(tool) || event.button) return;
      [was, at] = [this.is(tool), event.timeStamp];
      this.set(tool, !was);
    });
    for (const name of ["pointerup", "pointercancel", "pointerleave"]) {
      button.addEventListener(name, (event) => {
        if (was !== null && (event.timeStamp - at > HELD_MS || name === "pointercancel")) this.set(tool, was);
        if (name !== "pointerup") was = null;
      });
    }
    button.addEventListener("click", (event) => {
      if (was === null || event.detail === 0) this.act(tool);
      was = null;
    });
  }

  act(tool) {
    if (SWITCHES.includes(tool)) return this.set(tool, !this.is(tool));
    if (tool === "reset") return this.reset();
    if (tool === "swap") return this.swap();
    if (tool === "fit") return this.fit();
    if (tool === "in") return this.zoom(STEP);
    if (tool === "out") return this.zoom(1 / STEP);
    if (tool === "views") return this.turn();
    if (tool === "tone") return this.showTone(!this.kept.tone);
    if (tool === "colours") return this.setPalette(PALETTES[(PALETTES.indexOf(this.settings.palette) + 1) % PALETTES.length]);
    if (tool.startsWith("view-")) return this.show(Number(tool.slice(5)) - 1);
    return undefined;
  }

  keys() {
    // Registered with all keys of the page, so that `?` lists them. Returns what takes them away.
    const { group } = this.texts, ends = [];
    for (const button of this.root.querySelectorAll("[data-shortcut]")) {
      const { tool, shortcut } = button.dataset, label = this.label(tool);
      if (SWITCHES.includes(tool)) ends.push(keys.hold(shortcut, label, ...this.holding(tool), { group }));
      else ends.push(keys.on(shortcut, label, () => this.act(tool), { group, repeat: REPEATED.includes(tool) }));
    }
    const { level, width, gamma } = this.texts.ranges;
    ends.push(keys.on("=", this.label("in"), () => this.act("in"), { group, repeat: true }));
    for (const [key, label, run] of [
      ["[", level, () => this.tune(-0.05, 0)], ["]", level, () => this.tune(0.05, 0)],
      ["{", width, () => this.tune(0, -0.1)], ["}", width, () => this.tune(0, 0.1)],
      [",", gamma, () => this.setGamma(this.settings.gamma / 1.1)], [".", gamma, () => this.setGamma(this.settings.gamma * 1.1)],
    ]) ends.push(keys.on(key, label, run, { group, repeat: true }));
    const stage = new AbortController();
    this.stage.addEventListener("keydown", (event) => this.steer(event), { signal: stage.signal });
    this.stage.addEventListener("keyup", (event) => this.moving.delete(event.key), { signal: stage.signal });
    this.stage.addEventListener("blur", () => this.moving.clear(), { signal: stage.signal });
    return [...ends, () => stage.abort()];
  }

  holding(tool) {
    // Held it acts as long as it is held, tapped it switches.
    let was = false, at = 0;
    return [
      () => {
        [was, at] = [this.is(tool), performance.now()];
        this.set(tool, !was);
      },
      () => performance.now() - at > HELD_MS && this.set(tool, was),
    ];
  }

  tune(level, width) {
    // By shares of the window's own width.
    const { lo, hi } = this.settings, span = (hi - lo) * (1 + width), middle = (lo + hi) / 2 + level * (hi - lo);
    this.setWindow(middle - span / 2, middle + span / 2);
  }

  range(name, value) {
    const { lo, hi } = this.settings, span = hi - lo, middle = (lo + hi) / 2;
    if (name === "level") this.setWindow(value - span / 2, value + span / 2);
    if (name === "width") this.setWindow(middle - value / 2, middle + value / 2);
    if (name === "gamma") this.setGamma(2 ** value);
  }

  steer(event) {
    // Arrows move the picture, or with a tool that points, the point; Enter and space set it.
    const { key } = event, points = this.measuring || this.loupe, tile = this.tileAt(null);
    const sets = this.measuring && (key === "Enter" || key === " ");
    if (!(key in ARROWS || sets) || event.ctrlKey || event.altKey || event.metaKey || !tile?.raster) return;
    event.preventDefault();
    if (sets) this.mark(tile, this.cursorOn(tile));
    else if (points) this.step(tile, ARROWS[key], event.shiftKey ? 1 : CURSOR_PX);
    else if (!event.repeat) this.glide(key);
  }

  step(tile, [x, y], px) {
    const at = this.cursorOn(tile);
    const place = { along: at.along - (x * px) / this.scale, across: at.across - (y * px) / this.scale };
    this.cursor = { tile, place };
    if (this.measured?.open) this.measured.to = place;
    this.refresh();
  }

  cursorOn(tile) {
    return this.cursor?.tile === tile ? this.cursor.place : { ...tile.middle };
  }

  mark(tile, place) {
    if (this.measured?.open && this.measured.tile === tile) Object.assign(this.measured, { to: place, open: false });
    else this.measured = { tile, from: place, to: place, open: true };
    if (!this.measured.open) this.say(this.distance());
    this.refresh();
  }

  glide(key) {
    // Smoothly, for as long as the key is held.
    const began = this.moving.size === 0;
    this.moving.add(key);
    this.pan(this.tileAt(null), ARROWS[key][0] * 24, ARROWS[key][1] * 24);
    if (!began) return;
    let before = performance.now();
    const step = (now) => {
      if (!this.moving.size) return;
      const px = (PAN_PX_S * Math.min(now - before, 50)) / 1000;
      before = now;
      for (const one of this.moving) this.pan(this.tileAt(null), ARROWS[one][0] * px, ARROWS[one][1] * px);
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  pan(tile, x, y) {
    if (!tile?.raster) return;
    tile.move(x, y, this.scale);
    this.refresh();
  }

  pointing() {
    let tile = null, grip = "pan";
    return {
      begin: (at) => {
        tile = this.tileAt(at.x, at.y);
        this.hover(at);
        const windowing = at.button === 2 || at.shift;
        grip = windowing ? "window" : this.measuring ? "measure" : this.loupe && at.touch ? "loupe" : "pan";
        if (grip === "measure" && tile.raster) {
          const place = tile.toMm(at.x, at.y, this.scale);
          this.measured = { tile, from: place, to: place, open: true };
        }
      },
      drag: (at, x, y) => {
        this.hover(at);
        if (grip === "pan") this.pan(tile, x, y);
        if (grip === "measure" && this.measured) this.measured.to = tile.toMm(at.x, at.y, this.scale);
        if (grip === "window") this.drag(x, y);
      },
      end: () => {
        if (grip !== "measure" || !this.measured) return;
        this.measured.open = false;
        this.say(this.distance());
      },
      pinch: (at, x, y, factor) => {
        this.zoom(factor, at.x, at.y);
        this.pan(this.tileAt(at.x, at.y), x, y);
      },
      wheel: (at, factor) => this.zoom(factor, at.x, at.y),
      twice: (at) => (this.scale > 1.5 * this.fitting() ? this.fit() : this.zoom(3, at.x, at.y)),
      hover: (at) => this.hover(at),
      leave: () => {
        this.cursor = null;
        this.refresh();
      },
    };
  }

  hover(at) {
    const tile = this.tileAt(at.x, at.y);
    this.cursor = tile?.raster ? { tile, place: tile.toMm(at.x, at.y, this.scale) } : null;
    this.refresh();
  }

  drag(x, y) {
    // Sideways for the width of the window, upwards for its level, as readers of X-rays are used to.
    const { lo, hi } = this.settings, span = (hi - lo) * Math.exp(x / 200), middle = (lo + hi) / 2 + ((hi - lo) * y) / 300;
    this.setWindow(middle - span / 2, middle + span / 2);
  }

  // --- showing ------------------------------------------------------------------------------------

  changed(said = "") {
    if (!this.isPlain()) this.kept.last = { ...this.settings };
    for (const tile of this.tiles) tile.stale = true;
    remember(this.kept);
    this.root.dataset.used = this.used().join(" ");
    this.showSwitches();
    if (said) this.say(said);
    this.refresh();
  }

  refresh() {
    if (this.asked) return;
    this.asked = requestAnimationFrame(() => {
      this.asked = 0;
      this.draw();
    });
  }

  draw() {
    const { context, ratio } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    for (const tile of this.visible()) {
      context.save();
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.beginPath();
      context.rect(tile.box.x, tile.box.y, tile.box.wide, tile.box.high);
      context.clip();
      if (tile.raster) this.drawTile(tile);
      else this.write(tile.failure ?? this.texts.loading, tile.box.x + 12, tile.box.y + 44);
      context.restore();
    }
    if (this.loupe) this.drawLoupe();
    this.readout();
  }

  drawTile(tile) {
    this.compute(tile);
    tile.draw(this.context, this.scale, this.ratio, this.kept.mapped);
    if (this.measured?.tile === tile) this.drawMeasure();
    if ((this.measuring || this.loupe) && this.cursor?.tile === tile) this.drawCross();
    this.drawBar(tile);
  }

  compute(tile) {
    if (!tile.stale) return;
    const wanted = recipe(this.settings, tile.raster), key = JSON.stringify({ ...wanted, palette: wanted.palette && this.settings });
    tile.stale = false;
    if (tile.shownBy === `${this.engine.name} ${key}`) return;
    try {
      this.engine.show(tile.raster, wanted, tile.shown);
    } catch {
      this.fall();
      this.engine.show(tile.raster, wanted, tile.shown);
    }
    tile.shownBy = `${this.engine.name} ${key}`;
    this.root.dataset.engine = this.engine.name;
  }

  drawLoupe() {
    const tile = this.tileAt(null);
    if (!tile?.raster) return;
    const { context, ratio, scale } = this, at = tile.toScreen(this.cursorOn(tile), scale);
    context.save();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.beginPath();
    context.arc(at.x, at.y, LOUPE.radius, 0, 2 * Math.PI);
    context.clip();
    context.clearRect(at.x - LOUPE.radius, at.y - LOUPE.radius, 2 * LOUPE.radius, 2 * LOUPE.radius);
    const middle = tile.middle;
    tile.middle = this.cursorOn(tile);
    tile.draw(context, scale * LOUPE.times, ratio, this.kept.mapped, at);
    tile.middle = middle;
    context.restore();
    this.stroke(() => context.arc(at.x, at.y, LOUPE.radius, 0, 2 * Math.PI), 2);
  }

  drawMeasure() {
    const { tile, from, to } = this.measured, a = tile.toScreen(from, this.scale), b = tile.toScreen(to, this.scale);
    const length = Math.hypot(b.x - a.x, b.y - a.y) || 1, x = (-7 * (b.y - a.y)) / length, y = (7 * (b.x - a.x)) / length;
    this.stroke((path) => {
      for (const [p, q] of [[a, b], [{ x: a.x - x, y: a.y - y }, { x: a.x + x, y: a.y + y }], [{ x: b.x - x, y: b.y - y }, { x: b.x + x, y: b.y + y }]]) {
        path.moveTo(p.x, p.y);
        path.lineTo(q.x, q.y);
      }
    }, 2);
    this.write(`${millimetres(this.measured).length.toFixed(1)} mm`, (a.x + b.x) / 2 + 10, (a.y + b.y) / 2 - 10);
  }

  drawCross() {
    const at = this.cursor.tile.toScreen(this.cursor.place, this.scale);
    this.stroke((path) => {
      for (const [x, y] of [[9, 0], [0, 9]]) {
        path.moveTo(at.x - x, at.y - y);
        path.lineTo(at.x + x, at.y + y);
      }
    }, 1);
  }

  drawBar({ box }) {
    const mm = BARS_MM.find((one) => one * this.scale >= 60) ?? BARS_MM.at(-1);
    const right = box.x + box.wide - 12, left = right - mm * this.scale, y = box.y + box.high - 12;
    this.stroke((path) => {
      path.moveTo(left, y - 5);
      path.lineTo(left, y);
      path.lineTo(right, y);
      path.lineTo(right, y - 5);
    }, 2);
    this.write(`${mm} mm`, left + 4, y - 8);
  }

  stroke(trace, wide) {
    // Seen on dark and on light.
    const { context, ratio } = this;
    context.save();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.beginPath();
    trace(context);
    for (const [ink, by] of [["white", 2.5], ["#111", 0]]) {
      context.strokeStyle = ink;
      context.lineWidth = wide + by;
      context.stroke();
    }
    context.restore();
  }

  write(text, x, y) {
    const { context, ratio } = this;
    context.save();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.font = "600 13px system-ui, sans-serif";
    context.lineWidth = 3.5;
    context.lineJoin = "round";
    context.strokeStyle = "white";
    context.strokeText(text, x, y);
    context.fillStyle = "#111";
    context.fillText(text, x, y);
    context.restore();
  }

  distance() {
    const { length, along, across } = millimetres(this.measured);
    return filled(this.texts.distance, { mm: length.toFixed(1), along: along.toFixed(1), across: across.toFixed(1) });
  }

  readout() {
    const parts = [];
    if (this.measured) parts.push(this.distance());
    if (this.cursor) parts.push(...this.levels(this.cursor));
    const { lo, hi, gamma } = this.settings;
    if (lo !== 0 || hi !== 1) parts.push(filled(this.texts.window, { lo: (100 * lo).toFixed(1), hi: (100 * hi).toFixed(1) }));
    if (gamma !== 1) parts.push(`γ ${gamma.toFixed(2)}`);
    if (this.tiles.some((tile) => tile.raster)) parts.push(`${this.scale.toFixed(2)} px/mm`);
    this.root.querySelector(".viewer-readout").textContent = parts.join("  ·  ");
  }

  levels({ tile, place }) {
    const { raster } = tile, samples = tile.sample(place);
    if (!samples) return [];
    const said = [filled(this.texts.place, { along: place.along.toFixed(1), across: place.across.toFixed(1) })];
    if (raster.channels === 2) {
      said.push(filled(this.texts.pair, { low: samples[0], high: samples[1] }));
      const z = effectiveZ(raster, samples);
      if (z !== null) said.push(filled(this.texts.z, { z: z.toFixed(0) }));
    } else said.push(filled(this.texts.value, { level: samples.join(", ") }));
    if (this.kept.mapped && tile.heat) {
      const [most, kind] = [0, 1, 2].map((n) => [tile.heat.at(n, place.along, place.across), n]).sort((a, b) => b[0] - a[0])[0];
      if (most >= 0.05) said.push(`${this.texts.kinds[kind]} ${Math.round(100 * most)} %`);
    }
    return said;
  }

  showSwitches() {
    for (const button of this.root.querySelectorAll("[data-tool]")) {
      const { tool } = button.dataset;
      if (SWITCHES.includes(tool)) button.setAttribute("aria-pressed", String(this.is(tool)));
      if (tool === "tone") button.setAttribute("aria-expanded", String(Boolean(this.kept.tone)));
      if (tool === "colours") button.setAttribute("aria-pressed", String(this.settings.palette !== "original"));
      if (tool.startsWith("view-")) button.setAttribute("aria-pressed", String(this.kept.only === Number(tool.slice(5)) - 1));
      if (tool === "organic" || tool === "metal") button.setAttribute("aria-disabled", String(!this.tellsMatter()));
    }
    this.root.querySelector(".viewer-tone").hidden = !this.kept.tone;
    const { lo, hi, gamma } = this.settings, values = { level: (lo + hi) / 2, width: hi - lo, gamma: Math.log2(gamma) };
    for (const input of this.root.querySelectorAll("[data-range]")) input.value = String(values[input.dataset.range]);
    this.root.querySelector(".viewer-palette").textContent = this.settings.palette === "original" ? "" : this.texts.palettes[this.settings.palette];
    this.root.querySelector(".viewer-legend").hidden = !this.kept.mapped;
    for (const note of this.root.querySelectorAll("[data-caption]")) this.caption(note);
    this.root.toggleAttribute("data-filtered", !this.isPlain());
  }

  caption(note) {
    const tile = this.tiles[Number(note.dataset.caption)], shown = this.visible().includes(tile);
    note.hidden = !shown;
    note.style.left = `${tile.box.x + 6}px`;
    note.style.top = `${tile.box.y + 6}px`;
    note.style.maxWidth = `${tile.box.wide - 12}px`;
  }

  label(tool) {
    return this.root.querySelector(`[data-tool="${tool}"] .viewer-label`)?.textContent.trim() ?? tool;
  }

  say(text) {
    this.root.querySelector(".viewer-said").textContent = text;
  }
}

function place(tiles, columns, wide, high) {
  const lines = Math.ceil(tiles.length / columns);
  const box = { wide: (wide - GAP * (columns - 1)) / columns, high: (high - GAP * (lines - 1)) / lines };
  tiles.forEach((tile, n) => {
    tile.box = { x: (n % columns) * (box.wide + GAP), y: Math.floor(n / columns) * (box.high + GAP), ...box };
  });
}

function millimetres({ from, to }) {
  const along = Math.abs(to.along - from.along), across = Math.abs(to.across - from.across);
  return { along, across, length: Math.hypot(along, across) };
}

function named(settings) {
  // The tools that settings stand for.
  const found = ["invert", "edges", "penetrate"].filter((name) => settings[name]);
  if (settings.strip) found.push(settings.strip);
  if (settings.palette !== "original") found.push(`palette-${settings.palette}`);
  if (settings.lo !== 0 || settings.hi !== 1) found.push("window");
  if (settings.gamma !== 1) found.push("gamma");
  return found;
}

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export function mount(root) {
  // The viewer of a fragment, by the settings that it carries.
  root.viewer ??= new Viewer(root, JSON.parse(root.querySelector("script[type='application/json']").textContent));
  return root.viewer;
}

for (const root of document.querySelectorAll("[data-viewer]")) mount(root);

document.addEventListener("formdata", (event) => {
  // Forms with a field for it tell which tools were used.
  const viewer = document.querySelector("[data-viewer]")?.viewer;
  if (viewer && event.formData.has("tools")) event.formData.set("tools", viewer.used().join(" "));
});
