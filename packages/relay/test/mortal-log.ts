import { type EntryLog, type MemoryDisk, MemoryEntryLog } from "@polylogue/storage"

/** When the process dies: at an operation of its store, before it takes effect, or after a commit that it never hears of. */
export interface Crash {
  readonly at: number
  readonly commits: "lost" | "durable"
}

/** A store that answers nothing from one operation on, as if the process had died there: what it asks for comes to no effect. */
export function mortal(disk: MemoryDisk, crash: Crash): { readonly log: EntryLog; arm(): void; operations(): number; dead(): boolean } {
  const inner = new MemoryEntryLog({ disk })
  let armed = false
  let operations = 0
  const never = new Promise<never>(() => undefined)
  const log = new Proxy(inner, {
    get(target, name) {
      const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>
      if (name === "open" || name === "close") return method.bind(target)
      return async (...args: unknown[]) => {
        if (armed) operations++
        if (operations > crash.at) return await never
        if (operations < crash.at) return await method.apply(target, args)
        if (name === "commit" && crash.commits === "durable") await method.apply(target, args)
        return await never
      }
    },
  })
  return { log, arm: () => (armed = true), operations: () => operations, dead: () => operations >= crash.at }
}
