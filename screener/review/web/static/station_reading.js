// Reading barcodes: by a reader, which types fast and ends with Enter, and by the camera.
const PACE_MS = 50; // between two keys of a reader; people are slower
const SHORTEST = 6;
const CODE = /^[\w\-./:+*$% ]+$/;
const LOOK_MS = 150;
const FORMATS = ["code_128", "code_39", "itf", "ean_13", "ean_8", "qr_code"];
const LONGEST_SIDE = 1280;

const isField = (element) => element.matches?.("input:not([type=radio], [type=checkbox], [type=file]), textarea, select");

// What a reader types anywhere on the page goes to `read`, and leaves no trace in the field that it was typed in.
export function byReader(read) {
  let burst = { text: "", last: -Infinity, field: null, before: "" };
  const pressed = (event) => {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Enter" && isCode(event)) taken(event);
    else if (event.key.length === 1) follow(event);
  };
  const follow = (event) => {
    if (event.timeStamp - burst.last > PACE_MS) {
      const field = isField(event.target) ? event.target : null;
      burst = { text: "", last: 0, field, before: field?.value ?? "" };
    }
    burst.text += event.key;
    burst.last = event.timeStamp;
  };
  const isCode = (event) => event.timeStamp - burst.last <= PACE_MS && burst.text.trim().length >= SHORTEST && CODE.test(burst.text);
  const taken = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    const { text, field, before } = burst;
    burst = { text: "", last: -Infinity, field: null, before: "" };
    if (field) field.value = before;
    read(text.trim());
  };
  addEventListener("keydown", pressed, { capture: true });
}

export const hasCamera = () => Boolean(navigator.mediaDevices?.getUserMedia);

// Look through the camera until a barcode is there, or `signal` ends it; null then.
export async function byCamera(video, signal) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: "environment", width: { ideal: 1280 } } });
  try {
    video.srcObject = stream;
    await video.play();
    const look = await looking();
    while (!signal.aborted) {
      const found = await look(video);
      if (found) return found;
      await new Promise((done) => setTimeout(done, LOOK_MS));
    }
    return null;
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
}

// What finds a barcode in a picture: the browser's own where it has one for what we read, else ours.
export async function looking() {
  const known = "BarcodeDetector" in globalThis ? await BarcodeDetector.getSupportedFormats().catch(() => []) : [];
  const formats = FORMATS.filter((format) => known.includes(format));
  if (formats.includes("code_128")) {
    const detector = new BarcodeDetector({ formats });
    return async (source) => (await detector.detect(source))[0]?.rawValue ?? null;
  }
  const { decode } = await import("./vendor/zxing.js");
  const canvas = document.createElement("canvas");
  return async (source) => decode(...grey(source, canvas));
}

function grey(source, canvas) {
  const width = source.videoWidth || source.naturalWidth || source.width;
  const height = source.videoHeight || source.naturalHeight || source.height;
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height, 1));
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  const levels = new Uint8ClampedArray(canvas.width * canvas.height);
  for (let at = 0; at < levels.length; at++) levels[at] = 0.299 * data[4 * at] + 0.587 * data[4 * at + 1] + 0.114 * data[4 * at + 2];
  return [levels, canvas.width, canvas.height];
}
