import { MAIN_DRAFT, type Prompt, promptCards, type PromptKind } from "@polylogue/conversation"
import type { OpenWorkspace, Polylogue } from "@polylogue/react"
import type { ToastMessage } from "../frame/toast.tsx"
import { readStored, writeStored } from "../device/stored-value.ts"
import { navigateToPrompt } from "./prompt-route.ts"
import { withPrompt } from "./with-prompt.ts"

const KEY = "polylogue.fresh-prompt"

/**
 * Makes a prompt with the messages that most begin with, and gives its id once it is on its way to this device's disk. The last one made on this device is
 * taken while nobody has written in it or called it anything, so that asking twice leaves no empty ones that everybody sees.
 */
async function beginPrompt(polylogue: Polylogue, { index }: Pick<OpenWorkspace, "index">, kind: PromptKind): Promise<string> {
  const last = readStored(KEY)
  const card = last === null ? undefined : promptCards(index).getCard(last)
  const known = card?.deletedAt === null && card.name === "" && card.tags.length === 0 ? card.id : undefined
  const reused = known === undefined ? false : await withPrompt(polylogue, known, (prompt) => isFresh(prompt, kind))
  if (known !== undefined && reused) return known
  const id = promptCards(index).create()
  await withPrompt(polylogue, id, (prompt) => {
    prompt.create({ kind })
    // Most chat prompts say who answers, and what that one is asked.
    if (kind === "chat") prompt.addSlot(MAIN_DRAFT, { role: "user" })
  })
  writeStored(KEY, id)
  return id
}

/** {@link beginPrompt}, and goes there; says so where it cannot be made. */
export function createPrompt(
  polylogue: Polylogue,
  workspace: Pick<OpenWorkspace, "index">,
  kind: PromptKind,
  toast: (message: ToastMessage) => void,
): void {
  beginPrompt(polylogue, workspace, kind).then(
    (id) => navigateToPrompt(id),
    () => toast({ text: "The prompt could not be made: this device stores nothing at the moment. Nothing was changed." }),
  )
}

/** Gives a prompt its name in its own document, where exports and people without the list read it. */
export async function renamePrompt(polylogue: Polylogue, promptId: string, name: string): Promise<void> {
  await withPrompt(polylogue, promptId, (prompt) => {
    if (prompt.getMeta().name !== name) prompt.setName(name)
  })
}

function isFresh(prompt: Prompt, kind: PromptKind): boolean {
  const { name, kind: own, description } = prompt.getMeta()
  const empty = prompt.getContent(MAIN_DRAFT).slots.every(({ text }) => text === "")
  return own === kind && name === "" && description === "" && empty && prompt.getVersions().length === 0 && prompt.getDrafts().length <= 1
}
