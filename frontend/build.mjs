// Bundles frontend/src into frontend/dist/wenming: plain scripts (no ES modules) and style sheets that a
// Chromium some years old can read. Run by scripts/frontend.py, which skips it when no source has changed.
import { readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const fresh = join(here, "dist.new");

// Every script and style sheet directly in src is a bundle of that name; what they share lies in src/parts.
const entries = (await readdir(join(here, "src")))
  .filter((name) => /\.(ts|css)$/.test(name))
  .map((name) => join(here, "src", name));

await rm(fresh, { recursive: true, force: true });
await build({
  absWorkingDir: here,
  entryPoints: entries,
  outdir: join(fresh, "wenming"),
  bundle: true,
  minify: true,
  format: "iife",
  platform: "browser",
  target: ["chrome65"],
  charset: "utf8",
  legalComments: "linked",
  // Leaflet's pictures come along as files beside the style sheets; Django's manifest finds them there.
  loader: { ".png": "file", ".svg": "file", ".gif": "file" },
  assetNames: "images/[name]-[hash]",
  logLevel: "warning",
});
// Swapped in whole: a build that fails leaves the last good one.
await rm(dist, { recursive: true, force: true });
await rename(fresh, dist);
