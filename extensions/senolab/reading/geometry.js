// Where things stand. Millimetres are those of the record: x from the left edge of the stored pixels,
// y from their top. A camera {x, y, scale} looks at a place; `scale` is millimetres per CSS pixel.

const AIR = 0.04; // grey below this part of the window is air
const SIGMOID_FOOT = 0.79; // widths below its centre at which a sigmoid window comes to that grey
const MARGIN = 4; // mm round the breast
const STEP = 12; // px between the samples that find the breast

/** Size of a view in mm. */
export function sizeOf(view) {
  return { width: view.columns * view.spacing[1], height: view.rows * view.spacing[0] };
}

/** +1 where stored columns run rightwards on the screen, -1 where the view is flipped. */
function sideways(view) {
  return view.flip_x ? -1 : 1;
}

function upright(view) {
  return view.flip_y ? -1 : 1;
}

/** Screen place (CSS px in a cell of the given size) of a point in mm. */
export function toScreen(view, camera, cell, { x, y }) {
  return {
    x: cell.width / 2 + (sideways(view) * (x - camera.x)) / camera.scale,
    y: cell.height / 2 + (upright(view) * (y - camera.y)) / camera.scale,
  };
}

/** Point in mm of a screen place. */
export function toImage(view, camera, cell, { x, y }) {
  return {
    x: camera.x + sideways(view) * (x - cell.width / 2) * camera.scale,
    y: camera.y + upright(view) * (y - cell.height / 2) * camera.scale,
  };
}

/** Keep a point inside the image. */
export function clamped(view, { x, y }) {
  const { width, height } = sizeOf(view);
  return { x: Math.max(0, Math.min(width, x)), y: Math.max(0, Math.min(height, y)) };
}

/** The breast's box in mm, by what is brighter than air; the whole image where nothing is. */
export function breastOf(view, image, window) {
  const data = image.getPixelData();
  const { columns, rows } = image;
  const inverse = image.photometricInterpretation === "MONOCHROME1";
  const low = window.center - window.width * (window.shape === "SIGMOID" ? SIGMOID_FOOT : 0.5);
  const air = inverse ? low + window.width * (1 - AIR) : low + window.width * AIR;
  const box = { left: columns, right: -1, top: rows, bottom: -1 };
  for (let row = 0; row < rows; row += STEP) {
    for (let column = 0; column < columns; column += STEP) {
      const value = data[row * columns + column];
      if (inverse ? value >= air : value <= air) continue;
      box.left = Math.min(box.left, column);
      box.right = Math.max(box.right, column);
      box.top = Math.min(box.top, row);
      box.bottom = Math.max(box.bottom, row);
    }
  }
  const { width, height } = sizeOf(view);
  if (box.right < 0) return { x0: 0, y0: 0, x1: width, y1: height };
  return {
    x0: Math.max(0, box.left * view.spacing[1] - MARGIN),
    y0: Math.max(0, box.top * view.spacing[0] - MARGIN),
    x1: Math.min(width, box.right * view.spacing[1] + MARGIN),
    y1: Math.min(height, box.bottom * view.spacing[0] + MARGIN),
  };
}

/** x of the chest wall in mm, or null for a view without a side. */
function chestWall(view) {
  if (view.laterality !== "R" && view.laterality !== "L") return null;
  const atScreenRight = view.laterality === "R";
  return atScreenRight !== Boolean(view.flip_x) ? sizeOf(view).width : 0;
}

/** The largest common scale at which every breast fits its cell. */
export function commonScale(views, cell, boxes) {
  const scales = views.map((view) => {
    const box = boxes[view.view];
    const wall = chestWall(view);
    const depth = wall === null ? box.x1 - box.x0 : Math.max(Math.abs(wall - box.x0), Math.abs(wall - box.x1));
    return Math.max(depth / cell.width, (box.y1 - box.y0) / cell.height);
  });
  return Math.max(...scales, 1e-6);
}

/** Camera that shows a breast whole: chest wall flush with the midline, the rest centred. */
export function hung(view, cell, box, scale) {
  const wall = chestWall(view);
  const centred = { x: (box.x0 + box.x1) / 2, y: (box.y0 + box.y1) / 2, scale };
  if (wall === null) return centred;
  const toMidline = view.laterality === "R" ? cell.width / 2 : -cell.width / 2;
  return { ...centred, x: wall - sideways(view) * toMidline * scale };
}

/** Scale at which one image pixel is one pixel of the screen. */
export function trueScale(view) {
  return view.spacing[1] / (globalThis.devicePixelRatio || 1);
}

/** Zoom by a factor round a screen place, which stays where it is. */
export function zoomed(view, camera, cell, place, factor) {
  const fixed = toImage(view, camera, cell, place);
  const least = trueScale(view) / 8;
  const scale = Math.max(least, Math.min(4, camera.scale / factor));
  const moved = toImage(view, { ...camera, scale }, cell, place);
  return within(view, { x: camera.x + fixed.x - moved.x, y: camera.y + fixed.y - moved.y, scale });
}

/** Pan by CSS pixels. */
export function panned(view, camera, dx, dy) {
  return within(view, {
    ...camera,
    x: camera.x - sideways(view) * dx * camera.scale,
    y: camera.y - upright(view) * dy * camera.scale,
  });
}

/** Never lose the image: the camera looks at the image or a little beside it. */
function within(view, camera) {
  const { width, height } = sizeOf(view);
  return {
    ...camera,
    x: Math.max(-width / 2, Math.min(width * 1.5, camera.x)),
    y: Math.max(0, Math.min(height, camera.y)),
  };
}
