// Bundle every src/entries/*.{js,css} into the folder given as the first argument: minified, named by content hash,
// compressed, with manifest.json ({"site.js": "site-1A2B3C4D.js", ...}) and the licences of what was bundled.
import { brotliCompressSync, gzipSync } from "node:zlib";
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const target = resolve(process.argv[2] ?? join(here, "../src/wufei/web/static/dist"));
const draft = `${target}.new`;
const entries = readdirSync(join(here, "src/entries")).filter((name) => /\.(js|css)$/.test(name)).sort();

rmSync(draft, { recursive: true, force: true });
mkdirSync(draft, { recursive: true });

const result = await build({
  absWorkingDir: here,
  entryPoints: entries.map((name) => `src/entries/${name}`),
  outdir: draft,
  entryNames: "[name]-[hash]",
  chunkNames: "part-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["es2022"],
  minify: true,
  legalComments: "linked",
  metafile: true,
  loader: { ".svg": "file", ".woff2": "file", ".png": "file" },
  logLevel: "warning",
});

const manifest = {};
for (const [file, output] of Object.entries(result.metafile.outputs)) {
  if (output.entryPoint) {
    manifest[basename(output.entryPoint)] = relative(draft, resolve(here, file));
  }
}
for (const name of readdirSync(draft).filter((file) => /\.(js|css|svg)$/.test(file))) {
  const body = readFileSync(join(draft, name));
  writeFileSync(join(draft, `${name}.gz`), gzipSync(body, { level: 9 }));
  writeFileSync(join(draft, `${name}.br`), brotliCompressSync(body));
}
writeFileSync(join(draft, "manifest.json"), `${JSON.stringify(manifest, Object.keys(manifest).sort(), 1)}\n`);

rmSync(target, { recursive: true, force: true });
renameSync(draft, target);
