import { hexHash } from "../content-hash.ts"
import type { LabelBase } from "./labels.ts"
import { publishVersion, type PublishOutcome, type Theirs } from "./publication.ts"
import type { PublishIntent } from "./publish-intent.ts"
import type { PublishIntents } from "./publish-intents.ts"
import type { RegisterClient } from "./register-client.ts"

/** What publishing reads of a prompt. */
export interface PublishedPrompt {
  getMeta(): { readonly name: string }
  /** A version, while it is here. */
  getVersion(id: string): { readonly id: string } | undefined
  /** What a version was made from; nothing when it is not here. */
  parentsOf(id: string): readonly string[]
}

/** What carrying out an intent takes. */
export interface CarryOutOptions {
  readonly intents: PublishIntents
  readonly registers: RegisterClient
  /** The prompt as this device has it: a `PromptView`. */
  readonly prompt: PublishedPrompt
  /** As {@link Publication.stored}. */
  readonly stored: () => Promise<boolean>
}

/**
 * Carries out an intent as far as that goes, and notes what came of it: `waiting` when it is to be tried again. Any device of its author may do so, at the
 * same time as well: the attempt is one, so it is published once, and what they note says the same.
 */
export async function carryOut(intent: PublishIntent, options: CarryOutOptions): Promise<PublishIntent["state"]> {
  const { intents, prompt } = options
  const stateNow = (): PublishIntent["state"] => intents.find(intent)?.state ?? "withdrawn"
  if (stateNow() !== "waiting") return stateNow()
  // Saved on another device, whose words are still on their way.
  if (prompt.getVersion(intent.versionId) === undefined) return "waiting"
  const first = await attempt(intent, options, intent.base, intent.attempt)
  // The intent that this one replaced may have been published before it could be withdrawn: that is no conflict with anybody.
  const isOwn = first.outcome === "conflict" && intent.instead !== undefined && first.theirs.versionId === intent.instead
  const outcome = isOwn ? await attempt(intent, options, first.theirs, nextAttempt(intent, first.theirs)) : first
  note(intent, outcome, options)
  return stateNow()
}

function attempt(
  intent: PublishIntent,
  { intents, registers, prompt, stored }: CarryOutOptions,
  base: LabelBase,
  attempt: string,
): Promise<PublishOutcome> {
  const { workspace, promptId, label, versionId } = intent
  const { name } = prompt.getMeta()
  const wanted = (): boolean => intents.find(intent)?.state === "waiting"
  return publishVersion({ registers, workspace, promptId, name, versionId, label, base, attempt, stored, wanted })
}

/** The attempt of an intent from another base: the same on all devices that come to it. */
function nextAttempt(intent: PublishIntent, theirs: Theirs): string {
  return hexHash("publish", intent.attempt, theirs.revision ?? "").slice(0, 16)
}

function note(intent: PublishIntent, outcome: PublishOutcome, { intents, prompt }: CarryOutOptions): void {
  switch (outcome.outcome) {
    case "published":
      return intents.settle(intent, "done", { number: outcome.number })
    case "conflict": {
      const { theirs } = outcome
      // Whoever moved the label on had this version before them, so nothing of it is missing in theirs.
      const isContained = theirs.versionId !== null && wasMadeFrom(prompt, theirs.versionId, intent.versionId)
      return isContained ? intents.settle(intent, "done", { overtaken: true, theirs }) : intents.settle(intent, "conflict", { theirs })
    }
    case "refused":
      return intents.settle(intent, "refused", { code: outcome.code })
    case "name-taken":
      return intents.settle(intent, "refused", { code: "name-taken", by: outcome.by })
    case "unavailable":
    case "unwanted":
  }
}

/** Whether `versionId` comes from `ancestor`, over however many versions, as far as they are here. */
function wasMadeFrom(prompt: PublishedPrompt, versionId: string, ancestor: string): boolean {
  const found = new Set<string>()
  const waiting = [...prompt.parentsOf(versionId)]
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (id === ancestor) return true
    if (found.has(id)) continue
    found.add(id)
    waiting.push(...prompt.parentsOf(id))
  }
  return false
}
