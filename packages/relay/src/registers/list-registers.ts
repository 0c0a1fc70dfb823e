import type { DocumentId, RegisterKey, RegisterState } from "@polylogue/protocol"
import { RelayError } from "../errors.ts"
import type { RelayCore } from "../relay-core.ts"
import type { RegisterDesk } from "./register-desk.ts"

/** Registers that are read at once. */
const PAGE = 256

/**
 * The registers of `documentId` that have a value or a guard, by name, as their authority tells them after this was asked.
 * @throws RelayError `unavailable` when that takes longer than a forwarded question may, or the way to it is lost
 */
export async function listRegisters(core: RelayCore, desk: RegisterDesk, documentId: DocumentId): Promise<RegisterState[]> {
  let answered = (): void => undefined
  let failed: (error: RelayError) => void = () => undefined
  const ready = new Promise<void>((resolve, reject) => {
    answered = resolve
    failed = reject
  })
  const unavailable = new RelayError("unavailable", "the registers cannot be listed at the moment")
  let isLost = false
  const lost = (): void => {
    isLost = true
    failed(unavailable)
  }
  const cancel = core.clock.setTimer(lost, core.limits.forwardMs)
  const view = desk.observe({ prefix: documentId, ready: answered, lost, changed: () => undefined, ended: failed })
  try {
    await ready
    const registers: RegisterState[] = []
    for (let after: RegisterKey | undefined; ;) {
      const page = await view.page(after, PAGE)
      for (const key of page.keys) {
        if (!key.startsWith(`${documentId}#`)) continue
        const { state } = await view.state(key)
        if (isLost) throw unavailable
        if (state.value !== null || state.guarded) registers.push(state)
      }
      if (isLost) throw unavailable
      if (page.after === undefined) return registers
      after = page.after
    }
  } finally {
    cancel()
    view.leave()
  }
}
