// One view of the parcel in its part of the stage: where its mm lie on the screen, and drawing it there.

import { Heat } from "./heat.js";

export class Tile {
  constructor(view) {
    this.view = view;
    this.raster = null;
    this.heat = null;
    this.failure = null;
    this.middle = { along: 0, across: 0 };  // what lies in the middle of the box, mm
    this.box = { x: 0, y: 0, wide: 1, high: 1 };  // CSS pixels on the stage
    this.shown = document.createElement("canvas");
    this.stale = true;
  }

  take(raster) {
    this.raster = raster;
    this.shown.width = raster.cols;
    this.shown.height = raster.rows;
    this.stale = true;
    this.centre();
  }

  takeMap(raster) {
    this.heat = new Heat(raster);
  }

  get size() {
    const { cols, rows, along, across } = this.raster;
    return { along: cols * along, across: rows * across };
  }

  centre() {
    this.middle = { along: this.size.along / 2, across: this.size.across / 2 };
  }

  fitting() {
    // Screen pixels a mm at which all of it is seen.
    const { along, across } = this.size;
    return Math.min((this.box.wide - 16) / along, (this.box.high - 16) / across);
  }

  holds(x, y) {
    const { box } = this;
    return x >= box.x && y >= box.y && x < box.x + box.wide && y < box.y + box.high;
  }

  toMm(x, y, scale) {
    const { box, middle } = this;
    return {
      along: middle.along + (x - box.x - box.wide / 2) / scale,
      across: middle.across + (y - box.y - box.high / 2) / scale,
    };
  }

  toScreen(place, scale) {
    const { box, middle } = this;
    return {
      x: box.x + box.wide / 2 + (place.along - middle.along) * scale,
      y: box.y + box.high / 2 + (place.across - middle.across) * scale,
    };
  }

  move(x, y, scale) {
    // By screen pixels; the middle of the box never leaves the picture.
    const { along, across } = this.size;
    this.middle = {
      along: Math.min(Math.max(this.middle.along - x / scale, 0), along),
      across: Math.min(Math.max(this.middle.across - y / scale, 0), across),
    };
  }

  hold(place, x, y, scale) {
    // Put `place` under the screen's (x, y).
    const there = this.toScreen(place, scale);
    this.move(x - there.x, y - there.y, scale);
  }

  sample(place) {
    // The raw samples at a place, or null outside.
    const { cols, rows, channels, samples, along, across } = this.raster;
    const x = Math.floor(place.along / along), y = Math.floor(place.across / across);
    if (x < 0 || y < 0 || x >= cols || y >= rows) return null;
    return Array.from(samples.subarray((y * cols + x) * channels, (y * cols + x + 1) * channels));
  }

  draw(context, scale, ratio, mapped, centre = null) {
    // Picture and map; `centre` (screen) is where the middle comes to lie, else that of the box.
    const { raster, middle, box } = this, { along, across } = this.size;
    const x = centre ? centre.x : box.x + box.wide / 2, y = centre ? centre.y : box.y + box.high / 2;
    context.save();
    context.setTransform(scale * ratio, 0, 0, scale * ratio, (x - middle.along * scale) * ratio,
      (y - middle.across * scale) * ratio);
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = scale * Math.max(raster.along, raster.across) * ratio < 1 ? "high" : "low";
    context.drawImage(this.shown, 0, 0, along, across);
    if (mapped && this.heat) this.heat.draw(context, scale);
    context.restore();
  }
}
