// The recipe on the graphics processor (WebGL2). Samples are integer textures, so no bit of 16 is lost.

import { CHROMA, GHOST, HUE_ENDS, HUE_STARTS, LUMA, ORGANIC, RATIOS, TOLD } from "./recipe.js";

const VERTEX = `#version 300 es
void main() {  // one triangle over everything
  gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);
}`;

const number = (value) => value.toFixed(9);
const vector = (values) => `vec3(${values.map(number).join(", ")})`;

const FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
uniform usampler2D samples;
uniform sampler2D palette;
uniform ivec2 size;
uniform int channels;
uniform vec3 air;
uniform float lo, span, power, edges;
uniform bool invert, deep, paletted;
uniform int strip;
out vec4 colour;

const vec3 LUMA = ${vector(LUMA)};
const float RATIOS[4] = float[4](${RATIOS.map(number).join(", ")});
const vec3 CHROMA[4] = vec3[4](${CHROMA.map(vector).join(", ")});

vec3 level(ivec2 at) {
  uvec4 raw = texelFetch(samples, clamp(at, ivec2(0), size - 1), 0);
  return min(vec3(raw.rgb) / air, 1.0);
}

float base(ivec2 at) {
  vec3 v = level(at);
  if (channels == 3) return dot(v, LUMA);
  if (channels == 1) return v.r;
  return deep ? v.g : (v.r + v.g) / 2.0;
}

float surroundings(ivec2 at) {
  const float kernel[5] = float[5](1.0, 4.0, 6.0, 4.0, 1.0);
  float sum = 0.0;
  for (int j = -2; j <= 2; j++)
    for (int i = -2; i <= 2; i++) sum += kernel[i + 2] * kernel[j + 2] * base(at + ivec2(i, j));
  return sum / 256.0;
}

float tone(float v) {
  float u = clamp((v - lo) / span, 0.0, 1.0);
  return power == 1.0 ? u : u <= 0.0 ? 0.0 : pow(u, power);
}

float depth(float transmission) {
  return -log(max(transmission, 1.0 / 65535.0));
}

vec3 looked(float u) {
  float at = u * 255.0;
  int i = min(int(floor(at)), 254);
  return mix(texelFetch(palette, ivec2(i, 0), 0).rgb, texelFetch(palette, ivec2(i + 1, 0), 0).rgb, at - float(i));
}

vec3 own(ivec2 at, float detail) {
  vec3 v = level(at) + detail;
  vec3 u = vec3(tone(v.r), tone(v.g), tone(v.b));
  return invert ? u + 1.0 - 2.0 * dot(u, LUMA) : u;
}

vec3 matter(ivec2 at, float u) {
  vec3 v = level(at);
  float ratio = depth(v.r) / max(depth(v.g), 1e-3);
  int i = ratio > RATIOS[2] ? 2 : ratio > RATIOS[1] ? 1 : 0;
  float share = clamp((ratio - RATIOS[i]) / (RATIOS[i + 1] - RATIOS[i]), 0.0, 1.0);
  return u + min(u, 1.0 - u) * mix(CHROMA[i], CHROMA[i + 1], share);
}

float keptByRatio(ivec2 at) {
  float low = 0.0, high = 0.0, light = 0.0;
  for (int j = -1; j <= 1; j++)
    for (int i = -1; i <= 1; i++) {
      vec3 v = level(at + ivec2(i, j));
      low += depth(v.r);
      high += depth(v.g);
      light += (v.r + v.g) / 18.0;
    }
  float organic = 1.0 - smoothstep(${number(ORGANIC[0])}, ${number(ORGANIC[1])}, low / max(high, 9e-3));
  return light < ${number(TOLD.dark)} ? 1.0 : strip > 0 ? organic : 1.0 - organic;
}

float keptByHue(ivec2 at) {
  vec3 v = vec3(0.0);
  for (int j = -2; j <= 2; j++)  // wider than of pairs: displays dither their colours
    for (int i = -2; i <= 2; i++) v += level(at + ivec2(i, j)) / 25.0;
  float most = max(v.r, max(v.g, v.b)), range = most - min(v.r, min(v.g, v.b));
  float hue = 0.0;
  if (range >= 1e-6)
    hue = 60.0 * (most == v.r ? (v.g - v.b) / range : most == v.g ? 2.0 + (v.b - v.r) / range
                  : 4.0 + (v.r - v.g) / range);
  if (hue > 270.0) hue -= 360.0;
  float organic = smoothstep(${number(HUE_STARTS[0])}, ${number(HUE_STARTS[1])}, hue)
    * (1.0 - smoothstep(${number(HUE_ENDS[0])}, ${number(HUE_ENDS[1])}, hue));
  float told = smoothstep(${number(TOLD.colour / 2)}, ${number(TOLD.colour)}, range);
  return 1.0 + told * ((strip > 0 ? organic : 1.0 - organic) - 1.0);
}

void main() {
  ivec2 at = ivec2(int(gl_FragCoord.x), size.y - 1 - int(gl_FragCoord.y));
  float v = base(at);
  float detail = edges > 0.0 ? edges * (v - surroundings(at)) : 0.0;
  float u = tone(v + detail);
  if (invert) u = 1.0 - u;
  vec3 shown = paletted ? looked(u) : channels == 3 ? own(at, detail) : channels == 2 ? matter(at, u) : vec3(u);
  if (strip != 0) {
    float ghost = invert ? ${number(GHOST)} * u : 1.0 - ${number(GHOST)} * (1.0 - u);
    shown = mix(vec3(ghost), shown, channels == 2 ? keptByRatio(at) : keptByHue(at));
  }
  colour = vec4(clamp(shown, 0.0, 1.0), 1.0);
}`;

export class GlEngine {
  // Raises where the browser has no WebGL2, unless `slow` also where it has one without a graphics processor,
  // which is slower than none. `lost` is called when the browser takes it away.
  name = "webgl2";

  constructor(lost = () => {}, slow = true) {
    this.canvas = document.createElement("canvas");
    const gl = this.canvas.getContext("webgl2", {
      alpha: false, antialias: false, depth: false, failIfMajorPerformanceCaveat: !slow,
    });
    if (!gl || (!slow && isSoftware(gl))) throw new Error("no WebGL2");
    this.gl = gl;
    this.canvas.addEventListener("webglcontextlost", lost, { once: true });
    this.program = linked(gl);
    gl.useProgram(this.program);
    gl.disable(gl.DITHER);
    gl.bindVertexArray(gl.createVertexArray());
    this.textures = new Map();
    this.palette = texture(gl);
  }

  show(raster, recipe, into) {
    // Draws the picture into a canvas of its size.
    const { gl } = this;
    if (Math.max(raster.cols, raster.rows) > gl.getParameter(gl.MAX_TEXTURE_SIZE)) throw new Error("too large");
    if (this.canvas.width !== raster.cols) this.canvas.width = raster.cols;
    if (this.canvas.height !== raster.rows) this.canvas.height = raster.rows;
    gl.viewport(0, 0, raster.cols, raster.rows);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.texture(raster));
    this.tell(raster, recipe);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    into.getContext("2d", { alpha: false }).drawImage(this.canvas, 0, 0);
  }

  dispose() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  texture(raster) {
    if (!this.textures.has(raster)) this.textures.set(raster, uploaded(this.gl, raster));
    return this.textures.get(raster);
  }

  tell(raster, recipe) {
    const { gl } = this, at = (name) => gl.getUniformLocation(this.program, name);
    const air = raster.channels === 3 ? [raster.top, raster.top, raster.top] : [...raster.air, 1];
    gl.uniform1i(at("samples"), 0);
    gl.uniform1i(at("palette"), 1);
    gl.uniform2i(at("size"), raster.cols, raster.rows);
    gl.uniform1i(at("channels"), raster.channels);
    gl.uniform3f(at("air"), ...air);
    for (const name of ["lo", "span", "power", "edges"]) gl.uniform1f(at(name), recipe[name]);
    gl.uniform1i(at("invert"), recipe.invert);
    gl.uniform1i(at("deep"), recipe.deep);
    gl.uniform1i(at("paletted"), recipe.palette !== null);
    gl.uniform1i(at("strip"), recipe.strip);
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, this.palette);
    if (recipe.palette) gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, recipe.palette);
  }
}

function isSoftware(gl) {
  const known = gl.getExtension("WEBGL_debug_renderer_info");
  const name = gl.getParameter(known ? known.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
  return /swiftshader|llvmpipe|softpipe|software|basic render/i.test(name);
}

function uploaded(gl, raster) {
  const made = texture(gl);
  const wide = raster.bits === 16;
  const inside = {
    1: wide ? gl.R16UI : gl.R8UI, 2: wide ? gl.RG16UI : gl.RG8UI, 3: wide ? gl.RGB16UI : gl.RGB8UI,
  }[raster.channels];
  const format = { 1: gl.RED_INTEGER, 2: gl.RG_INTEGER, 3: gl.RGB_INTEGER }[raster.channels];
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  gl.texImage2D(
    gl.TEXTURE_2D, 0, inside, raster.cols, raster.rows, 0, format,
    wide ? gl.UNSIGNED_SHORT : gl.UNSIGNED_BYTE, raster.samples,
  );
  return made;
}

function texture(gl) {
  const made = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, made);
  for (const side of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, side, gl.NEAREST);
  for (const way of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, way, gl.CLAMP_TO_EDGE);
  return made;
}

function linked(gl) {
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader) || "lost");
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program) || "lost");
  return program;
}
