import { execFile } from "node:child_process"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import type { RelayProcess } from "../relay-process.ts"

const PROGRAM = fileURLToPath(new URL("../../apps/polylogue/bin/polylogue.js", import.meta.url))

/** The texts of all messages that the relay has, in no particular order: as `polylogue export` gives them. */
export async function storedTexts(relay: RelayProcess): Promise<string[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [PROGRAM, "export", "--out", "-", "--relay", `ws://127.0.0.1:${relay.port}`],
    {
      maxBuffer: 64 * 1024 * 1024,
    },
  )
  const { conversations } = JSON.parse(stdout) as { conversations: { messages: { parts?: { text?: string }[] }[] }[] }
  return conversations.flatMap(({ messages }) => messages.flatMap(({ parts }) => (parts ?? []).map(({ text }) => text ?? "")))
}
