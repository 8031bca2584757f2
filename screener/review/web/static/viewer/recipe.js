// What a reader asks of a picture, and the numbers that both engines compute it from.
//
// An engine makes each pixel like this (1 is air, 0 is black):
//   base    grey: level / air. RGB: its luminance. Pair: the mean of low and high, each over its air.
//   detail  `edges` times what `base` differs from its surroundings (5 x 5, binomial), added before the tone
//   tone    ((v - lo) / (hi - lo)) ^ (1 / gamma), bounded to 0..1
//   colour  the scanner's own; of a pair the colours of matter (screener/imaging/prepare.py); or a palette
//   strip   what is not the wanted matter becomes a ghost of itself; what cannot be told stays

export const PLAIN = Object.freeze({
  lo: 0, hi: 1, gamma: 1, invert: false, palette: "original", strip: "", edges: false, penetrate: false,
});

export const PALETTES = ["original", "grey", "thermal", "spectrum"];

const STOPS = {
  grey: [[0, 0, 0], [255, 255, 255]],
  thermal: [[0, 0, 0], [96, 0, 60], [190, 30, 20], [240, 120, 0], [255, 205, 60], [255, 255, 255]],
  spectrum: [[35, 20, 60], [60, 70, 200], [30, 170, 220], [50, 220, 130], [190, 230, 60], [250, 180, 50],
    [220, 70, 20], [255, 255, 255]],
};

export const LUMA = [0.299, 0.587, 0.114];
export const RATIOS = [1.0, 1.5, 1.95, 2.7];
const HUES = [[1.0, 0.45, 0.0], [1.0, 0.62, 0.0], [0.0, 0.75, 0.1], [0.1, 0.3, 1.0]];

export const CHROMA = chroma();
// The colour differences of matter at RATIOS, of zero luminance, none beyond 1: four times RGB.

export const ORGANIC = [1.5, 1.7];
// By ratio, organic matter ends between these; by hue (degrees, violet is negative) it begins and ends between
// HUE_STARTS and HUE_ENDS: red to yellow is organic.
export const HUE_STARTS = [-40, -20];
export const HUE_ENDS = [62, 82];
export const TOLD = { dark: 0.03, colour: 0.06 };
// Darker matter, and greyer pixels of a display, tell nothing of what they are.
export const GHOST = 0.1;
const EDGES = 2.5;
const PENETRATED = { raw: { lo: 0, hi: 0.25, gamma: 1.4 }, displayed: { lo: 0.02, hi: 0.4, gamma: 1 } };
// Displays of makers lift the dark already.

export function recipe(settings, raster) {
  const deep = settings.penetrate;
  const penetrated = raster.bits === 16 && raster.channels < 3 ? PENETRATED.raw : PENETRATED.displayed;
  const { lo, hi, gamma } = deep ? penetrated : settings;
  const palette = deep ? "grey" : settings.palette;
  const strip = raster.dual && raster.channels > 1 ? settings.strip : "";
  return {
    lo,
    span: Math.max(hi - lo, 1e-6),
    power: 1 / gamma,
    edges: settings.edges ? EDGES : 0,
    invert: settings.invert,
    deep: deep && raster.channels === 2,
    palette: palette === "original" || (palette === "grey" && raster.channels === 1) ? null : table(palette),
    strip: { "": 0, organic: 1, metal: -1 }[strip],
  };
}

const tables = new Map();

export function table(name) {
  // 256 colours RGBA of a palette.
  if (!tables.has(name)) tables.set(name, spread(STOPS[name]));
  return tables.get(name);
}

function spread(stops) {
  const colours = new Uint8Array(256 * 4).fill(255);
  for (let n = 0; n < 256; n++) {
    const at = (n / 255) * (stops.length - 1), i = Math.min(Math.floor(at), stops.length - 2), share = at - i;
    for (let c = 0; c < 3; c++) {
      colours[4 * n + c] = Math.round(stops[i][c] * (1 - share) + stops[i + 1][c] * share);
    }
  }
  return colours;
}

function chroma() {
  const apart = HUES.map((hue) => hue.map((part) => part - hue.reduce((sum, one, c) => sum + one * LUMA[c], 0)));
  const most = Math.max(...apart.flat().map(Math.abs));
  return apart.map((differences) => differences.map((one) => one / most));
}
