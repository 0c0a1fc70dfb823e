import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { availableParallelism, cpus, release, totalmem } from "node:os"
import process from "node:process"
import { canPin } from "./cores.ts"

const PACKAGES = ["@hocuspocus/server", "@hocuspocus/extension-redis", "@y/websocket-server", "y-leveldb", "classic-level", "ws", "yjs"]

/** What the figures were taken on, and of what. */
export function describeMachine(): string {
  const [cpu] = cpus()
  const cores = canPin() ? "load generator and server kept to a core each" : "load generator and server not kept to cores"
  return [
    `${cpu?.model.trim() ?? "unknown processor"}, ${availableParallelism()} cores, ${Math.round(totalmem() / 1e9)} GB, Linux ${release()}, Node ${process.version}; ${cores}.`,
    `${PACKAGES.map((name) => `${name} ${versionOf(name)}`).join(", ")}.`,
  ].join("\n")
}

function versionOf(name: string): string {
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    try {
      return (JSON.parse(readFileSync(`${folder}/${name}/package.json`, "utf8")) as { version: string }).version
    } catch {
      // Not in this folder; the next one is further up.
    }
  }
  return "of unknown version"
}
