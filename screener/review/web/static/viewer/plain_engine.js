// The recipe on the processor, for browsers without WebGL2: the same pixels within 1/255.

import { CHROMA, GHOST, HUE_ENDS, HUE_STARTS, LUMA, ORGANIC, RATIOS, TOLD } from "./recipe.js";

const KERNEL = [1, 4, 6, 4, 1];
const FLOOR = 1 / 65535;

export class PlainEngine {
  name = "canvas";

  show(raster, recipe, into) {
    const image = new ImageData(raster.cols, raster.rows);
    paint(raster, recipe, image.data);
    into.getContext("2d", { alpha: false }).putImageData(image, 0, 0);
  }

  dispose() {}
}

function paint(raster, recipe, out) {
  const { cols, rows, channels } = raster;
  const planes = read(raster);
  const base = recipe.deep ? planes.high : planes.base;
  const soft = recipe.edges ? blurred(base, cols, rows) : null;
  const kept = recipe.strip ? keeps(raster, planes, recipe.strip) : null;
  const colour = [0, 0, 0];
  for (let n = 0; n < cols * rows; n++) {
    const detail = soft ? recipe.edges * (base[n] - soft[n]) : 0;
    const u = tone(base[n] + detail, recipe);
    const shown = recipe.invert ? 1 - u : u;
    if (recipe.palette) looked(recipe.palette, shown, colour);
    else if (channels === 3) own(raster, n, detail, recipe, colour);
    else if (channels === 2) matter(planes, n, shown, colour);
    else colour[0] = colour[1] = colour[2] = shown;
    const k = kept ? kept[n] : 1;
    const ghost = recipe.invert ? GHOST * shown : 1 - GHOST * (1 - shown);
    for (let c = 0; c < 3; c++) out[4 * n + c] = Math.round(255 * bounded(ghost + (colour[c] - ghost) * k));
    out[4 * n + 3] = 255;
  }
}

function read(raster) {
  const { samples, channels, air, top } = raster, count = raster.cols * raster.rows;
  const base = new Float32Array(count);
  if (channels === 3) {
    for (let n = 0; n < count; n++) {
      const at = 3 * n;
      base[n] = (LUMA[0] * samples[at] + LUMA[1] * samples[at + 1] + LUMA[2] * samples[at + 2]) / top;
    }
    return { base };
  }
  if (channels === 1) {
    for (let n = 0; n < count; n++) base[n] = Math.min(samples[n] / air[0], 1);
    return { base };
  }
  const low = new Float32Array(count), high = new Float32Array(count);
  for (let n = 0; n < count; n++) {
    low[n] = Math.min(samples[2 * n] / air[0], 1);
    high[n] = Math.min(samples[2 * n + 1] / air[1], 1);
    base[n] = (low[n] + high[n]) / 2;
  }
  return { base, low, high };
}

function tone(value, recipe) {
  const u = bounded((value - recipe.lo) / recipe.span);
  return recipe.power === 1 ? u : u ** recipe.power;
}

function looked(palette, u, colour) {
  const at = u * 255, i = Math.min(Math.floor(at), 254), share = at - i;
  for (let c = 0; c < 3; c++) {
    colour[c] = (palette[4 * i + c] * (1 - share) + palette[4 * i + 4 + c] * share) / 255;
  }
}

function own(raster, n, detail, recipe, colour) {
  for (let c = 0; c < 3; c++) colour[c] = tone(raster.samples[3 * n + c] / raster.top + detail, recipe);
  if (!recipe.invert) return;
  const turn = 1 - 2 * (LUMA[0] * colour[0] + LUMA[1] * colour[1] + LUMA[2] * colour[2]);
  for (let c = 0; c < 3; c++) colour[c] += turn;
}

function matter(planes, n, u, colour) {
  const ratio = depth(planes.low[n]) / Math.max(depth(planes.high[n]), 1e-3);
  const strength = Math.min(u, 1 - u);
  let i = 0;
  while (i < 2 && ratio > RATIOS[i + 1]) i++;
  const share = bounded((ratio - RATIOS[i]) / (RATIOS[i + 1] - RATIOS[i]));
  for (let c = 0; c < 3; c++) {
    colour[c] = u + strength * (CHROMA[i][c] * (1 - share) + CHROMA[i + 1][c] * share);
  }
}

function depth(transmission) {
  return -Math.log(Math.max(transmission, FLOOR));
}

function keeps(raster, planes, strip) {
  // How much of each pixel stays: 1 for the wanted matter and for what cannot be told.
  return raster.channels === 2 ? byRatio(raster, planes, strip) : byHue(raster, strip);
}

function byRatio(raster, planes, strip) {
  const { cols, rows } = raster, kept = new Float32Array(cols * rows);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < cols; x++) {
      let low = 0, high = 0, light = 0;
      around(1, x, y, cols, rows, (n) => {
        low += depth(planes.low[n]);
        high += depth(planes.high[n]);
        light += planes.base[n] / 9;
      });
      const organic = 1 - smoothstep(ORGANIC[0], ORGANIC[1], low / Math.max(high, 9e-3));
      kept[y * cols + x] = light < TOLD.dark ? 1 : strip > 0 ? organic : 1 - organic;
    }
  }
  return kept;
}

function byHue(raster, strip) {
  const { cols, rows, samples, top } = raster, kept = new Float32Array(cols * rows);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < cols; x++) {
      const mean = [0, 0, 0];
      around(2, x, y, cols, rows, (n) => {
        for (let c = 0; c < 3; c++) mean[c] += samples[3 * n + c] / (25 * top);
      });
      const [red, green, blue] = mean, most = Math.max(...mean), least = Math.min(...mean);
      const range = most - least;
      let hue = 0;
      if (range >= 1e-6) {
        if (most === red) hue = 60 * ((green - blue) / range);
        else if (most === green) hue = 60 * (2 + (blue - red) / range);
        else hue = 60 * (4 + (red - green) / range);
      }
      if (hue > 270) hue -= 360;
      const organic = smoothstep(HUE_STARTS[0], HUE_STARTS[1], hue) * (1 - smoothstep(HUE_ENDS[0], HUE_ENDS[1], hue));
      const told = smoothstep(TOLD.colour / 2, TOLD.colour, range);
      kept[y * cols + x] = 1 + told * ((strip > 0 ? organic : 1 - organic) - 1);
    }
  }
  return kept;
}

function around(by, x, y, cols, rows, each) {
  for (let j = -by; j <= by; j++) {
    const line = Math.min(Math.max(y + j, 0), rows - 1) * cols;
    for (let i = -by; i <= by; i++) each(line + Math.min(Math.max(x + i, 0), cols - 1));
  }
}

function blurred(plane, cols, rows) {
  const half = new Float32Array(plane.length), whole = new Float32Array(plane.length);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < cols; x++) {
      let sum = 0;
      for (let i = -2; i <= 2; i++) sum += KERNEL[i + 2] * plane[y * cols + Math.min(Math.max(x + i, 0), cols - 1)];
      half[y * cols + x] = sum / 16;
    }
  }
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < cols; x++) {
      let sum = 0;
      for (let j = -2; j <= 2; j++) sum += KERNEL[j + 2] * half[Math.min(Math.max(y + j, 0), rows - 1) * cols + x];
      whole[y * cols + x] = sum / 16;
    }
  }
  return whole;
}

function smoothstep(from, to, x) {
  const t = bounded((x - from) / (to - from));
  return t * t * (3 - 2 * t);
}

function bounded(value) {
  return value < 0 ? 0 : value > 1 ? 1 : value;
}
