// The engine: DICOM bytes to an image, and surfaces to show it on. Loaded once a page (see pixels.js),
// apart from the widgets, since it weighs a hundred times as much.
import * as core from "@cornerstonejs/core";
import { init as initLoader, wadouri } from "@cornerstonejs/dicom-image-loader";

import { CpuStage } from "./cpu.js";
import { GpuStage } from "./gpu.js";

let started = false;

function start() {
  if (started) return;
  // tiled: one WebGL context a viewer; browsers allow about sixteen in a page
  core.init({ rendering: { renderingEngineMode: core.Enums.RenderingEngineModeEnum.Tiled } });
  initLoader({ maxWebWorkers: Math.min(4, Math.max(1, (navigator.hardwareConcurrency ?? 2) - 1)) });
  started = true;
}

/** Decode one DICOM file. The pixels come back as stored, modality rescale applied; nothing is resampled. */
export async function decode(bytes) {
  start();
  const id = wadouri.fileManager.add(new Blob([bytes]));
  try {
    return await core.imageLoader.loadAndCacheImage(id);
  } catch (problem) {
    release({ imageId: id });
    throw problem?.error ?? problem;
  }
}

/** Let go of an image's memory. */
export function release(image) {
  if (core.cache.getImageLoadObject(image.imageId)) core.cache.removeImageLoadObject(image.imageId, { force: true });
  wadouri.dataSetCacheManager.unload(image.imageId.replace(/^dicomfile:/, ""));
  wadouri.fileManager.remove(Number(image.imageId.split(":")[1]));
}

/** Return a stage to show images on: WebGL where the browser has it, else the processor. */
export function openStage({ cpu = false } = {}) {
  start();
  if (!cpu && hasWebGL()) {
    try {
      return new GpuStage();
    } catch (problem) {
      console.warn("senolab: WebGL does not start, the processor draws instead.", problem);
    }
  }
  return new CpuStage();
}

function hasWebGL() {
  if (core.getConfiguration().rendering.useCPURendering) return false;
  const context = document.createElement("canvas").getContext("webgl2");
  context?.getExtension("WEBGL_lose_context")?.loseContext(); // a probe must not use up a context
  return Boolean(context);
}
