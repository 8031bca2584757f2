// What low and high energy say of the matter in a pixel, roughly, for the readout.

const KNOWN = [[1.0, 4.0], [1.2, 5.5], [1.3, 7.4], [2.0, 13.0], [2.7, 26.0], [3.0, 30.0]];
// By R = ln T_low / ln T_high at 160 kV: polyethylene, water, aluminium, iron (screener/imaging/prepare.py).
const THIN = 0.97, DARK = 0.02;

export function effectiveZ(raster, [low, high]) {
  // The effective atomic number, or null where matter is too thin or too thick to tell.
  const l = Math.min(low / raster.air[0], 1), h = Math.min(high / raster.air[1], 1);
  if ((l + h) / 2 > THIN || (l + h) / 2 < DARK || l <= 0) return null;
  const ratio = Math.log(l) / Math.min(Math.log(h), -1e-3);
  if (ratio <= KNOWN[0][0]) return KNOWN[0][1];
  for (let i = 0; i + 1 < KNOWN.length; i++) {
    const [[from, z], [to, next]] = [KNOWN[i], KNOWN[i + 1]];
    if (ratio <= to) return z + ((ratio - from) / (to - from)) * (next - z);
  }
  return KNOWN.at(-1)[1];
}
