import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { RelayProcess } from "../relay-process.ts"
import { connect, eventually, metric, noise, readyz, synced } from "./fault-kit.ts"

/** A place with room for 1 MiB, and how it gets more. */
interface SmallDisk {
  readonly name: string
  readonly data: string | undefined
  readonly through: readonly string[]
  grow(relay: RelayProcess): void
  dispose(): void
}

/** A file system of its own where the tests may mount one, else a limit on the size of files, whose excess fails as well. */
function smallDisk(): SmallDisk {
  const mount = mkdtempSync(join(tmpdir(), "polylogue-full-"))
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", mount], { stdio: "ignore" })
  } catch {
    rmSync(mount, { recursive: true })
    return {
      name: "files of at most 1 MiB",
      data: undefined,
      through: ["prlimit", "--fsize=1048576:unlimited"],
      grow: ({ pid }) => void execFileSync("prlimit", ["--pid", String(pid), "--fsize=unlimited:unlimited"]),
      dispose: () => undefined,
    }
  }
  return {
    name: "a tmpfs of 1 MiB",
    data: join(mount, "data"),
    through: [],
    grow: () => void execFileSync("mount", ["-o", "remount,size=64m", mount]),
    dispose() {
      execFileSync("umount", [mount])
      rmSync(mount, { recursive: true })
    },
  }
}

test("[OF1, I1] a full disk: nothing is acknowledged that is not on it, the relay says so, and goes on when there is room", async () => {
  const disk = smallDisk()
  const relay = await RelayProcess.start({ ...(disk.data === undefined ? {} : { data: disk.data }), through: disk.through })
  const replicas = [await connect(relay), await connect(relay)]
  const acknowledged = new Set<string>()
  try {
    const document = await replicas[0]!.open("full/disk")
    const words = document.ydoc.getArray<string>("words")
    const room = { left: true }
    const write = async (): Promise<void> => {
      const word = noise(16_000)
      words.push([word])
      await document.whenDurable("stored")
      acknowledged.add(word)
    }
    const writing: Promise<void>[] = []
    while (room.left) {
      writing.push(write())
      await Promise.race([Promise.all(writing), eventually(async () => !(room.left = (await readyz(relay)) === "ready"))])
    }
    const before = acknowledged.size
    expect(await readyz(relay)).toBe("store-failing")
    expect((await fetch(`${relay.url}/healthz`)).status).toBe(200)
    expect(await metric(relay, "polylogue_relay_store_failing")).toBe(1)
    writing.push(write())
    expect(document.status.waitingRows + document.status.unsavedUpdates).toBeGreaterThan(0)
    disk.grow(relay)
    await Promise.all(writing)
    await eventually(async () => (await readyz(relay)) === "ready")
    console.log(`${disk.name}: full after ${before} of ${acknowledged.size} acknowledged words`)
    expect(acknowledged.size).toBeGreaterThan(before)
    // What was acknowledged is on the disk, and not in the memory of the relay alone.
    await relay.kill()
    await relay.start()
    const read = await replicas[1]!.open("full/disk")
    await synced(read)
    const stored = new Set(read.ydoc.getArray<string>("words").toArray())
    expect([...acknowledged].filter((word) => !stored.has(word))).toEqual([])
    expect(await readyz(relay)).toBe("ready")
  } finally {
    await Promise.all(replicas.map((replica) => replica.close()))
    await relay.kill()
    disk.dispose()
    await relay.dispose()
  }
}, 60_000)
