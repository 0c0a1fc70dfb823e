/** Runs level-writer.ts in a plain process of Node, which cannot read TypeScript by itself: `node level-writer.mjs <folder>`. */
import { fileURLToPath } from "node:url"
import { createViteServer } from "vitest/node"

const server = await createViteServer({
  configFile: false,
  root: fileURLToPath(new URL("../../..", import.meta.url)),
  appType: "custom",
  logLevel: "error",
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
  ssr: { resolve: { conditions: ["polylogue:source", "node", "module"], externalConditions: ["polylogue:source"] } },
})
const { writeForEver } = await server.environments.ssr.runner.import(fileURLToPath(new URL("level-writer.ts", import.meta.url)))
await writeForEver(process.argv[2])
