// Modules that the host (Notebook 7 or JupyterLab) lends. Tokens and classes must be the host's own:
// a second copy of a token would be another service.
const NAMES = [
  "@jupyterlab/attachments",
  "@jupyterlab/coreutils",
  "@jupyterlab/notebook",
  "@jupyterlab/outputarea",
  "@jupyterlab/rendermime",
  "@jupyterlab/services",
  "@lumino/widgets",
];
const taken = new Map();

export async function take(scope) {
  await Promise.all(
    NAMES.map(async (name) => {
      const versions = Object.values(scope[name] ?? {});
      if (!versions.length) throw new Error(`This Jupyter lends no ${name}`);
      const offer = versions.find((version) => version.loaded) ?? versions.at(-1);
      const factory = await offer.get();
      taken.set(name, factory());
    }),
  );
}

export function lent(name) {
  return taken.get(name);
}
