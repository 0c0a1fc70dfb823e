import { isBlobHash } from "@polylogue/protocol"
import type { ReplicaBlobs } from "@polylogue/replica"
import { CommandError, reasonOf } from "./command-error.ts"

/** Milliseconds for a relay to take one attachment, which has at most some hundred megabytes. */
const UPLOAD_MS = 120_000
/** What a relay says of an attachment that it will not give: it never comes, and the rest goes on. */
const ABSENT: ReadonlySet<unknown> = new Set(["not-found", "erased", "forbidden"])

/** The attachments of a workspace as a command sees them: at the relay, for the command keeps nothing. */
export class WorkspaceBlobs {
  readonly #blobs: ReplicaBlobs
  readonly #workspace: string

  constructor(blobs: ReplicaBlobs, workspace: string) {
    this.#blobs = blobs
    this.#workspace = workspace
  }

  /**
   * Brings bytes to the relay. Resolves once they are on its disk, or with the reason why it does not take them.
   * @throws CommandError `failure` when the relay is silent.
   */
  async put(bytes: Uint8Array): Promise<string | undefined> {
    const hash = await this.#blobs.put(this.#workspace, bytes)
    const untilMs = Date.now() + UPLOAD_MS
    for (;;) {
      const status = await this.#blobs.status(this.#workspace, hash)
      // One that a relay has may be dropped here.
      if (status === undefined || status.state === "stored") return undefined
      if (status.state === "refused") return status.refusal ?? "refused"
      if (Date.now() > untilMs)
        throw new CommandError("failure", `The relay did not take an attachment of ${bytes.length} bytes within two minutes.`)
      await this.#change()
    }
  }

  /**
   * The bytes of an attachment, `undefined` when the relay has not got them or does not give them.
   * @throws CommandError `failure` when it cannot be asked.
   */
  async get(sha256: string): Promise<Uint8Array | undefined> {
    if (!isBlobHash(sha256)) return undefined
    try {
      return await this.#blobs.get(this.#workspace, sha256)
    } catch (error) {
      if (ABSENT.has((error as { readonly code?: unknown }).code)) return undefined
      throw new CommandError("failure", `An attachment cannot be read: ${reasonOf(error)}.`, { cause: error })
    }
  }

  /** Resolves when something about uploads has changed, and after a second at the latest. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        stop()
        resolve()
      }
      const timer = setTimeout(done, 1000)
      const stop = this.#blobs.subscribe(done)
    })
  }
}
