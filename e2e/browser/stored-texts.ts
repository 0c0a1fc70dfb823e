import { execFile } from "node:child_process"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import type { RelayProcess } from "../relay-process.ts"

const PROGRAM = fileURLToPath(new URL("../../apps/polylogue/bin/polylogue.js", import.meta.url))

/** A conversation as `polylogue export` gives it. */
export interface StoredConversation {
  readonly id: string
  readonly messages: readonly { readonly parts?: readonly { readonly text?: string }[] }[]
}

/** The texts of all messages that the relay has, in no particular order: as `polylogue export` gives them. */
export async function storedTexts(relay: RelayProcess): Promise<string[]> {
  const conversations = await storedConversations(relay)
  return conversations.flatMap(({ messages }) => messages.flatMap(({ parts }) => (parts ?? []).map(({ text }) => text ?? "")))
}

/** The ids of all conversations that the relay has. */
export async function storedIds(relay: RelayProcess): Promise<string[]> {
  return (await storedConversations(relay)).map(({ id }) => id)
}

/** All conversations that the relay has, whole. */
export async function storedConversations(relay: RelayProcess): Promise<readonly StoredConversation[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [PROGRAM, "export", "--out", "-", "--relay", `ws://127.0.0.1:${relay.port}`],
    {
      maxBuffer: 64 * 1024 * 1024,
    },
  )
  return (JSON.parse(stdout) as { conversations: StoredConversation[] }).conversations
}
