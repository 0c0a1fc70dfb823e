/** What other tabs of this device are told of an import that runs in one of them. */
export interface ElsewhereImport {
  readonly conversations: number
  readonly bytesDone: number
  readonly bytesTotal: number
  readonly over: boolean
}

const NAME = "polylogue/import"

/** Runs `action` while no other tab of this device imports; `false` when one does. Where the browser has no locks, nobody is kept from anything. */
export async function whileAlone(action: () => Promise<void>): Promise<boolean> {
  if (navigator.locks === undefined) {
    await action()
    return true
  }
  return await navigator.locks.request(NAME, { ifAvailable: true }, async (lock) => {
    if (lock !== null) await action()
    return lock !== null
  })
}

/** Whether a tab of this device imports at the moment. */
export async function isImporting(): Promise<boolean> {
  const held = (await navigator.locks?.query())?.held ?? []
  return held.some(({ name }) => name === NAME)
}

/** How tabs tell each other of an import. */
export class ImportBeacon {
  readonly #channel: BroadcastChannel | undefined

  constructor(heard: (elsewhere: ElsewhereImport) => void) {
    if (typeof BroadcastChannel === "undefined") return
    this.#channel = new BroadcastChannel(NAME)
    this.#channel.addEventListener("message", ({ data }: MessageEvent<ElsewhereImport>) => heard(data))
  }

  tell(elsewhere: ElsewhereImport): void {
    this.#channel?.postMessage(elsewhere)
  }

  close(): void {
    this.#channel?.close()
  }
}
