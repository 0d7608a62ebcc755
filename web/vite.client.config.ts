import { defineConfig } from "vite";

// The client library alone, as one ES module that any page can import from the node: /sfumato-client.js.
export default defineConfig({
  build: {
    outDir: "../signaling/page",
    // Beside the meeting's page, which is built before.
    emptyOutDir: false,
    target: "es2022",
    lib: { entry: "src/client/library.ts", formats: ["es"], fileName: () => "sfumato-client.js" },
    // One file, which a page of any origin imports: a part of it would be sought beside that page.
    rollupOptions: { output: { inlineDynamicImports: true } },
  },
});
