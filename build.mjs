// Builds what the browser gets, offline and self-contained:
//   reading/static/reading.js      the widgets, sent with every widget, so it stays small
//   reading/static/reading.css     tokens and styles
//   reading/static/engine.js.gz    Cornerstone3D, its wasm codecs and decode worker, sent once a page
// and the page extension, where it has a build of its own.
import * as esbuild from "esbuild";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import zlib from "node:zlib";

const root = path.dirname(fileURLToPath(import.meta.url));
const reading = path.join(root, "extensions/senolab/reading");
const out = path.join(reading, "static");
const common = {
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  logLevel: "warning",
  absWorkingDir: root,
};

// Parts of Node that the codecs name and never use in a browser.
const NODE_PARTS = /^(fs|path|events|crypto|module|url|worker_threads|node:.*)$/;
const NODE_STUB = `export default {}; export class EventEmitter {}
  export const createRequire = () => () => ({}); export const fileURLToPath = (x) => x;`;

/** Stand-ins: Node's parts everywhere; codecs we leave out (JPEG XL) or that belong to the worker only. */
function standIns({ page }) {
  return {
    name: "stand-ins",
    setup(build) {
      const stub = (contents) => ({ contents, loader: "js" });
      build.onResolve({ filter: NODE_PARTS }, (a) => ({ path: a.path, namespace: "node-part" }));
      build.onLoad({ filter: /.*/, namespace: "node-part" }, () => stub(NODE_STUB));
      build.onLoad({ namespace: "file", filter: /decoders[\\/]decodeJPEGXL\.js$/ }, () =>
        stub(`export default () => Promise.reject(new Error("JPEG XL is not supported"));
              export const initialize = () => Promise.reject(new Error("JPEG XL is not supported"));`));
      if (!page) return;
      // the page never decodes by itself: without these two the wasm would stand in the bundle twice
      build.onLoad({ namespace: "file", filter: /dist[\\/]esm[\\/]decodeImageFrameWorker\.js$/ }, () =>
        stub("export const decodeImageFrame = undefined, postProcessDecodedPixels = undefined;"));
      build.onLoad({ namespace: "file", filter: /shared[\\/]decoders[\\/]index\.js$/ }, () =>
        stub("export const initializers = {}, decoders = {};"));
    },
  };
}

/** Replace `new URL("x.wasm", import.meta.url)` and `new Worker(new URL(...))` by the bytes themselves. */
function inlined() {
  return {
    name: "inlined",
    setup(build) {
      build.onLoad({ namespace: "file", filter: /@cornerstonejs[\\/].*\.js$/ }, (a) => {
        let source = fs.readFileSync(a.path, "utf8");
        if (!source.includes("import.meta.url")) return undefined;
        const imports = [];
        const name = (prefix, what) => {
          imports.push(`import inlined${imports.length} from "${prefix}:${what}";`);
          return `inlined${imports.length - 1}`;
        };
        source = source.replace(/new Worker\(new URL\('([^']+)',\s*import\.meta\.url\),\s*\{[^}]*\}\)/g, (_, file) =>
          `new Worker(URL.createObjectURL(new Blob([${name("worker", file)}], { type: "text/javascript" })))`);
        source = source.replace(/new URL\('(@cornerstonejs\/codec[^']+)',\s*import\.meta\.url\)/g, (_, file) =>
          `{ toString() { return ${name("wasm", file)}; } }`);
        return { contents: `${imports.join("\n")}\n${source}`, loader: "js", resolveDir: path.dirname(a.path) };
      });
      build.onResolve({ filter: /^wasm:/ }, async (a) => {
        const found = await build.resolve(a.path.slice(5), { kind: "import-statement", resolveDir: a.resolveDir });
        return { path: found.path, namespace: "wasm" };
      });
      build.onLoad({ filter: /.*/, namespace: "wasm" }, (a) => ({
        contents: `export default "data:application/wasm;base64,${fs.readFileSync(a.path).toString("base64")}"`,
      }));
      build.onResolve({ filter: /^worker:/ }, (a) => ({
        path: path.resolve(a.resolveDir, a.path.slice(7)),
        namespace: "worker",
      }));
      build.onLoad({ filter: /.*/, namespace: "worker" }, async (a) => {
        const worker = await esbuild.build({
          ...common,
          ...engineOptions({ page: false }),
          entryPoints: [a.path],
          format: "iife",
          write: false,
        });
        return { contents: worker.outputFiles[0].text, loader: "text" };
      });
    },
  };
}

function engineOptions({ page }) {
  return {
    plugins: [standIns({ page }), inlined()],
    define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
  };
}

async function buildEngine() {
  const built = await esbuild.build({
    ...common,
    ...engineOptions({ page: true }),
    entryPoints: [path.join(reading, "engine.js")],
    write: false,
  });
  const source = Buffer.from(built.outputFiles[0].contents);
  write("engine.js.gz", zlib.gzipSync(source, { level: 9 }));
  write("engine.sha256", createHash("sha256").update(source).digest("hex"));
}

async function buildWidgets() {
  const entries = ["reading.js", "reading.css"].map((name) => path.join(reading, name));
  const built = await esbuild.build({ ...common, entryPoints: entries, outdir: out, write: false });
  for (const file of built.outputFiles) write(path.basename(file.path), file.contents);
}

/** Write beside, then rename: a server that reads meanwhile sees the old file or the new one, whole. */
function write(name, data) {
  fs.mkdirSync(out, { recursive: true });
  const file = path.join(out, name);
  fs.writeFileSync(`${file}.part`, data);
  fs.renameSync(`${file}.part`, file);
  console.log(`${path.relative(root, file)}  ${(data.length / 1e6).toFixed(2)} MB`);
}

const only = process.argv[2];
if (!only || only === "widgets") await buildWidgets();
if (!only || only === "engine") await buildEngine();
const page = path.join(reading, "page/build.mjs");
if ((!only || only === "page") && fs.existsSync(page)) {
  const { buildPage } = await import(pathToFileURL(page).href);
  await buildPage();
  console.log(path.relative(root, path.join(reading, "labextension")));
}
