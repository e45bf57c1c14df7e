import { fileURLToPath } from "node:url";
import { defineConfig, type ViteUserConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Where to leave the results as JSON, if anywhere. */
const report = process.env.USCTP_TEST_REPORT;

const config: ViteUserConfig = defineConfig({
  resolve: {
    // The same names as `paths` in tsconfig.json. Anchored, or "usctp" would also match "usctp/core".
    alias: [
      { find: /^usctp$/, replacement: here("./src/api/message/index.ts") },
      { find: /^usctp\/socket$/, replacement: here("./src/api/rfc6458/index.ts") },
      { find: /^usctp\/core$/, replacement: here("./src/stack/index.ts") },
      { find: /^usctp\/driver$/, replacement: here("./src/driver/index.ts") },
      { find: /^usctp\/net$/, replacement: here("./src/api/net/index.ts") },
      { find: /^@usctp\/sim$/, replacement: here("./packages/sim/index.ts") },
      { find: /^@usctp\/trace$/, replacement: here("./packages/trace/index.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts", "packages/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    // Processes, not threads: a test that leaves a socket or a timer behind must not reach its neighbours.
    pool: "forks",
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // The second is for .ci/run, which counts.
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
    globalSetup: ["test/support/peers-summary.ts"],
  },
});

export default config;
