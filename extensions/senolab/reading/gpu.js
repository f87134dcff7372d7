// Cornerstone3D's stack viewports behind the two verbs a viewer needs: show an image, look at a place.
import * as core from "@cornerstonejs/core";

const { ViewportType, VOILUTFunctionType, Events } = core.Enums;
let count = 0;

/** A set of planes that share one WebGL context. */
export class GpuStage {
  kind = "webgl";

  constructor() {
    this.id = `senolab-${++count}`;
    this.engine = new core.RenderingEngine(this.id);
    this.planes = [];
    this.lost = (event) => event.detail.renderingEngineId === this.id && this.onLost?.();
    core.eventTarget.addEventListener(Events.WEBGL_CONTEXT_LOST, this.lost);
  }

  /** Make a plane in an element that has a size. */
  plane(element) {
    const made = new GpuPlane(this.engine, `${this.id}-${this.planes.length}`, element);
    this.planes.push(made);
    return made;
  }

  /** Fit the canvases to their elements; the planes' cameras have to be set again. */
  resize() {
    this.engine.resize(true, true);
  }

  destroy() {
    core.eventTarget.removeEventListener(Events.WEBGL_CONTEXT_LOST, this.lost);
    for (const plane of this.planes) plane.stopListening();
    this.engine.destroy();
  }
}

class GpuPlane {
  constructor(engine, id, element) {
    this.element = element;
    engine.enableElement({
      viewportId: id,
      type: ViewportType.STACK,
      element,
      defaultOptions: { background: [0, 0, 0] },
    });
    this.viewport = engine.getViewport(id);
    this.drawn = () => this.onDrawn?.();
    element.addEventListener(Events.IMAGE_RENDERED, this.drawn);
  }

  async show(image) {
    await this.viewport.setStack([image.imageId]);
    this.image = image;
    this.start = this.viewport.getCamera();
    this.monochrome1 = image.photometricInterpretation === "MONOCHROME1";
  }

  /** Set the grey scale: window centre and width in stored values, LINEAR or SIGMOID, inverted or not. */
  grey({ center, width, shape, invert }) {
    const voi = shape === "SIGMOID" ? VOILUTFunctionType.SAMPLED_SIGMOID : VOILUTFunctionType.LINEAR;
    const range = core.utilities.windowLevel.toLowHighRange(width, center, voi);
    this.viewport.setProperties({ VOILUTFunction: voi, voiRange: range, invert: invert !== this.monochrome1 });
  }

  /** Look at (column, row), counted from the image's corner; `perPixel` image rows fit one CSS pixel. */
  look({ column, row, perPixel }) {
    const { origin, spacing, direction } = this.viewport.getImageData();
    const focal = [0, 1, 2].map(
      (k) =>
        origin[k] + (column - 0.5) * spacing[0] * direction[k] + (row - 0.5) * spacing[1] * direction[3 + k],
    );
    const back = this.start.position.map((value, k) => value - this.start.focalPoint[k]);
    this.viewport.setCamera({
      focalPoint: focal,
      position: focal.map((value, k) => value + back[k]),
      parallelScale: (this.element.clientHeight / 2) * perPixel * spacing[1],
    });
  }

  draw() {
    this.viewport.render();
  }

  stopListening() {
    this.element.removeEventListener(Events.IMAGE_RENDERED, this.drawn);
  }
}
