import { defineConfig } from "vitest/config";

// `npm run dev` serves the page with reload and passes the rest to a node started with `sfumato serve --dev`.
const node = "http://127.0.0.1:8080";

export default defineConfig({
  build: {
    outDir: "../signaling/page",
    emptyOutDir: true,
    target: "es2022",
    // The meeting's page and the replay's share what both need; neither loads the other.
    rollupOptions: { input: ["index.html", "replay.html"] },
  },
  server: {
    proxy: {
      "/api": node,
      "/rtc": { target: node, ws: true },
    },
  },
  test: {
    environment: "node",
    include: ["tests/**/*.test.ts"],
    // Long enough for a busy machine: a test that hangs is what it is for.
    testTimeout: 30_000,
  },
});
