// Bundles frontend/src into frontend/dist/wenming: plain scripts (no ES modules) and style sheets that a
// Chromium some years old can read. Run by scripts/frontend.py, which skips it when no source has changed.
import { rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const source = (name) => join(here, "src", name);
const dist = join(here, "dist");
const fresh = join(here, "dist.new");

await rm(fresh, { recursive: true, force: true });
await build({
  absWorkingDir: here,
  entryPoints: [
    "desk.ts",
    "board.ts",
    "map.ts",
    "field.ts",
    "desk.css",
    "field.css",
    "board.css",
    "map.css",
  ].map(source),
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
