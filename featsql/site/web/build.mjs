// Bundles src/ into ../static/, the same bytes for the same sources: `npm ci --ignore-scripts && npm run build`.
import { build } from "esbuild";

await build({
  entryPoints: { app: "src/main.tsx" },
  outdir: process.argv[2] ?? "../static",
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022"],
  jsx: "automatic",
  jsxImportSource: "preact",
  charset: "ascii",
  legalComments: "eof",
  logLevel: "warning",
});
