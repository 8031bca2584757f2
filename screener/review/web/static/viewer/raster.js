// Pictures as the workstation sends them ("SCRP", screener/review/pictures.py): all their bits, and mm.

const HEADER_BYTES = 32;

export class Unshown extends Error {
  // `status` is the HTTP status, 0 where nothing answered or what came is no picture.
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

export async function load(url, signal) {
  const answer = await fetch(url, { signal, headers: { accept: "application/x-screener-raster, application/json" } });
  if (!answer.ok) throw new Unshown(answer.status, await said(answer));
  return parsed(await answer.arrayBuffer());
}

export function parsed(buffer) {
  const header = new DataView(buffer, 0, Math.min(HEADER_BYTES, buffer.byteLength));
  if (buffer.byteLength < HEADER_BYTES || header.getUint32(0) !== 0x53435250 || header.getUint8(4) !== 1) {
    throw new Unshown(0, "not a picture of version 1");
  }
  const bits = header.getUint8(5), channels = header.getUint8(6);
  const cols = header.getUint32(8, true), rows = header.getUint32(12, true);
  const kind = bits === 16 ? Uint16Array : Uint8Array;
  if ((buffer.byteLength - HEADER_BYTES) * 8 !== cols * rows * channels * bits) {
    throw new Unshown(0, `cut short after ${buffer.byteLength} bytes`);
  }
  return {
    bits, channels, cols, rows,
    dual: header.getUint8(7) === 2,
    along: header.getFloat32(16, true),
    across: header.getFloat32(20, true),
    air: [header.getUint16(24, true), header.getUint16(26, true)],
    shrunk: header.getUint16(28, true),
    top: bits === 16 ? 65535 : 255,
    samples: new kind(buffer, HEADER_BYTES),
  };
}

async function said(answer) {
  try {
    return (await answer.json()).detail || "";
  } catch {
    return "";
  }
}
