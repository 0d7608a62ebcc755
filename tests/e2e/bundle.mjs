// One file out of a TypeScript module and what it imports: `node bundle.mjs ENTRY OUT`. Fonts become part of it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const fonts = {
  name: "fonts",
  setup(build) {
    build.onResolve({ filter: /\?url$/ }, ({ path }) => ({
      path: require.resolve(path.slice(0, -"?url".length)),
      namespace: "fonts",
    }));
    build.onLoad({ filter: /.*/, namespace: "fonts" }, ({ path }) => ({
      contents: readFileSync(path),
      loader: "dataurl",
    }));
  },
};
const [entry, outfile] = process.argv.slice(2);
await require("esbuild").build({ entryPoints: [entry], outfile, bundle: true, format: "iife", plugins: [fonts] });
