// Builds the lesson page's extension: one file, one package.json, no toolchain but esbuild.
// Run it with `node build.mjs`, or import `buildPage` from the build of the whole checkout.
import { createHash } from "node:crypto";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const OUT = join(HERE, "..", "labextension", "senolab-page");

// `import ... from "@jupyterlab/notebook"` in our sources means the host's module, not a copy.
const shared = {
  name: "modules of the host",
  setup(build) {
    build.onResolve({ filter: /^@(jupyterlab|lumino)\// }, ({ path }) => ({ path, namespace: "host" }));
    build.onLoad({ filter: /.*/, namespace: "host" }, ({ path }) => ({
      contents: `module.exports = require("./shared.js").lent(${JSON.stringify(path)});`,
      resolveDir: join(HERE, "src"),
    }));
  },
};

export async function buildPage({ out = OUT } = {}) {
  const result = await build({
    entryPoints: [join(HERE, "src", "container.js")],
    bundle: true,
    format: "iife",
    target: "es2022",
    minify: true,
    write: false,
    legalComments: "none",
    loader: { ".css": "text" },
    plugins: [shared],
  });
  const code = result.outputFiles[0].contents;
  const digest = createHash("sha256").update(code).digest("hex").slice(0, 20);
  await put(out, `static/remoteEntry.${digest}.js`, code);
  await put(out, "package.json", JSON.stringify(manifest(digest), null, 2) + "\n");
  await sweep(out, digest);
}

function manifest(digest) {
  return {
    name: "senolab-page",
    version: "0.1.0",
    description: "Opens a lesson as a page in Notebook 7",
    license: "Apache-2.0",
    jupyterlab: {
      extension: true,
      _build: { load: `static/remoteEntry.${digest}.js`, extension: "./extension" },
    },
  };
}

async function put(out, name, contents) {
  const path = join(out, name);
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.part`; // a server that reads meanwhile never sees half a file
  await writeFile(draft, contents);
  await rename(draft, path);
}

async function sweep(out, digest) {
  for (const name of await readdir(join(out, "static"))) {
    if (!name.includes(digest)) await rm(join(out, "static", name), { force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPage();
