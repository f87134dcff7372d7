// The same two verbs without WebGL: a pyramid of halved images, sampled on a 2D canvas. Only the pixels
// on the screen are computed, so a drag stays fluent on a slow machine.

const LEAST = 512; // px; the pyramid stops below this

/** A set of planes drawn by the processor. */
export class CpuStage {
  kind = "cpu";

  constructor() {
    this.planes = [];
  }

  plane(element) {
    const made = new CpuPlane(element);
    this.planes.push(made);
    return made;
  }

  resize() {
    for (const plane of this.planes) plane.resize();
  }

  destroy() {
    for (const plane of this.planes) plane.canvas.remove();
  }
}

class CpuPlane {
  constructor(element) {
    this.element = element;
    this.canvas = document.createElement("canvas");
    this.canvas.className = "sl-canvas";
    element.append(this.canvas);
    this.resize();
  }

  resize() {
    this.ratio = globalThis.devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(this.element.clientWidth * this.ratio));
    this.canvas.height = Math.max(1, Math.round(this.element.clientHeight * this.ratio));
  }

  async show(image) {
    this.image = image;
    this.levels = pyramid(image.getPixelData(), image.columns, image.rows);
    this.monochrome1 = image.photometricInterpretation === "MONOCHROME1";
  }

  grey({ center, width, shape, invert }) {
    const { minPixelValue: low, maxPixelValue: high } = this.image;
    this.low = low;
    this.table = greyTable({ low, high, center, width, shape, invert: invert !== this.monochrome1 });
  }

  look(place) {
    this.place = place;
  }

  draw() {
    if (!this.table || !this.place) return;
    const context = this.canvas.getContext("2d");
    const { width, height } = this.canvas;
    const picture = context.createImageData(width, height);
    this.sample(new Uint32Array(picture.data.buffer), width, height);
    context.putImageData(picture, 0, 0);
    this.onDrawn?.();
  }

  /** Bilinear samples from the level whose pixels are just finer than the screen's. */
  sample(target, width, height) {
    const step = this.place.perPixel / this.ratio;
    const depth = Math.max(0, Math.min(this.levels.length - 1, Math.floor(Math.log2(step))));
    const { data, columns, rows } = this.levels[depth];
    const shrink = 2 ** depth;
    const pace = step / shrink;
    const left = this.place.column / shrink - 0.5 - (width / 2 - 0.5) * pace;
    const top = this.place.row / shrink - 0.5 - (height / 2 - 0.5) * pace;
    for (let y = 0; y < height; y++) {
      const v = top + y * pace;
      if (v < -0.5 || v > rows - 0.5) continue;
      const r = Math.max(0, Math.min(rows - 2, Math.floor(v)));
      const dv = Math.max(0, Math.min(1, v - r));
      for (let x = 0; x < width; x++) {
        const u = left + x * pace;
        if (u < -0.5 || u > columns - 0.5) continue;
        const c = Math.max(0, Math.min(columns - 2, Math.floor(u)));
        const du = Math.max(0, Math.min(1, u - c));
        const at = r * columns + c;
        const above = data[at] + (data[at + 1] - data[at]) * du;
        const below = data[at + columns] + (data[at + columns + 1] - data[at + columns]) * du;
        target[y * width + x] = this.table[Math.round(above + (below - above) * dv - this.low)];
      }
    }
  }
}

/** The image and its halves, quarters, ... by averaging two by two. */
function pyramid(data, columns, rows) {
  const levels = [{ data, columns, rows }];
  while (Math.min(columns, rows) / 2 >= LEAST / 2 && Math.max(columns, rows) > LEAST) {
    const above = levels.at(-1);
    const half = halved(above);
    levels.push(half);
    ({ columns, rows } = half);
  }
  return levels;
}

function halved({ data, columns, rows }) {
  const width = columns >> 1;
  const height = rows >> 1;
  const made = new data.constructor(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = 2 * y * columns + 2 * x;
      made[y * width + x] = (data[at] + data[at + 1] + data[at + columns] + data[at + columns + 1] + 2) / 4;
    }
  }
  return { data: made, columns: width, rows: height };
}

/** Grey of every stored value, packed for the canvas (DICOM PS3.3 C.11.2.1.2: LINEAR and SIGMOID). */
export function greyTable({ low, high, center, width, shape, invert }) {
  const table = new Uint32Array(Math.max(1, Math.ceil(high - low) + 2));
  for (let k = 0; k < table.length; k++) {
    const value = low + k;
    const part =
      shape === "SIGMOID"
        ? 1 / (1 + Math.exp((-4 * (value - center)) / width))
        : (value - (center - 0.5)) / Math.max(width - 1, 1e-6) + 0.5;
    const grey = Math.round(255 * Math.max(0, Math.min(1, invert ? 1 - part : part)));
    table[k] = 0xff000000 | (grey << 16) | (grey << 8) | grey;
  }
  return table;
}
