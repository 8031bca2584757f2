// The model's map over the picture: tinted where it saw something, outlined where it is likely.

export const INKS = ["rgb(213, 94, 0)", "rgb(0, 114, 178)", "rgb(170, 51, 119)"];
// Cigarettes, loose tobacco, e-cigarettes: as everywhere in the project (screener/scoring/heatmap.py).
const RGB = [[213, 94, 0], [0, 114, 178], [170, 51, 119]];
export const LEVELS = [0.25, 0.5];
const FAINTEST = 0.1, STRONGEST = 0.28;

export class Heat {
  constructor(raster) {
    this.raster = raster;
    this.tint = tinted(raster);
    this.lines = RGB.map((_, kind) => LEVELS.map((level) => outline(raster, kind, level)));
    this.most = RGB.map((_, kind) => most(raster, kind));
  }

  at(kind, along, across) {
    // The probability of a kind at a place in mm, 0 outside.
    const { cols, rows, samples } = this.raster;
    const x = Math.floor(along / this.raster.along), y = Math.floor(across / this.raster.across);
    return x < 0 || y < 0 || x >= cols || y >= rows ? 0 : samples[3 * (y * cols + x) + kind] / 255;
  }

  draw(context, scale) {
    // In mm, on a context where one mm is `scale` pixels.
    const { cols, rows, along, across } = this.raster;
    context.imageSmoothingEnabled = true;
    context.drawImage(this.tint, 0, 0, cols * along, rows * across);
    context.lineJoin = "round";
    this.lines.forEach((levels, kind) => levels.forEach((path, n) => {
      for (const [ink, wide] of [["white", 3 + 2 * n], [INKS[kind], 1.2 + 1.8 * n]]) {
        context.strokeStyle = ink;
        context.lineWidth = wide / scale;
        context.stroke(path);
      }
    }));
  }
}

function tinted({ cols, rows, samples }) {
  const canvas = document.createElement("canvas");
  canvas.width = cols;
  canvas.height = rows;
  const image = new ImageData(cols, rows);
  for (let n = 0; n < cols * rows; n++) {
    const p = [0, 1, 2].map((kind) => Math.max(samples[3 * n + kind] / 255 - FAINTEST, 0) / (1 - FAINTEST));
    const sum = p[0] + p[1] + p[2];
    for (let c = 0; c < 3; c++) {
      image.data[4 * n + c] = sum ? (p[0] * RGB[0][c] + p[1] * RGB[1][c] + p[2] * RGB[2][c]) / sum : 0;
    }
    image.data[4 * n + 3] = 255 * STRONGEST * Math.max(...p);
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

function most({ samples }, kind) {
  let found = 0;
  for (let n = kind; n < samples.length; n += 3) found = Math.max(found, samples[n]);
  return found / 255;
}

function outline({ cols, rows, along, across, samples }, kind, level) {
  // Marching squares through the middles of the cells, with nothing around the map; in mm.
  const at = (x, y) => (x < 0 || y < 0 || x >= cols || y >= rows ? 0 : samples[3 * (y * cols + x) + kind] / 255);
  const path = new Path2D();
  for (let y = -1; y < rows; y++) {
    for (let x = -1; x < cols; x++) {
      const [a, b, c, d] = [at(x, y), at(x + 1, y), at(x + 1, y + 1), at(x, y + 1)];
      const cuts = [];
      if (a >= level !== b >= level) cuts.push([x + (level - a) / (b - a), y]);
      if (b >= level !== c >= level) cuts.push([x + 1, y + (level - b) / (c - b)]);
      if (c >= level !== d >= level) cuts.push([x + (level - d) / (c - d), y + 1]);
      if (d >= level !== a >= level) cuts.push([x, y + (level - a) / (d - a)]);
      for (let n = 0; n + 1 < cuts.length; n += 2) {
        path.moveTo((cuts[n][0] + 0.5) * along, (cuts[n][1] + 0.5) * across);
        path.lineTo((cuts[n + 1][0] + 0.5) * along, (cuts[n + 1][1] + 0.5) * across);
      }
    }
  }
  return path;
}
