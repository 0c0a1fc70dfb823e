import type { PublishIntent } from "@polylogue/conversation"
import type { PublishedLabel } from "@polylogue/react"
import type { ReplicaStatus } from "@polylogue/replica"
import { duration } from "../frame/relative-time.ts"

/** What tells how old the news of a label is: the connection, and the clock of this device. */
export interface NewsTime {
  readonly status: Pick<ReplicaStatus, "connection" | "since" | "relayTimeOffsetMs">
  /** Ms since 1970 on this device. */
  readonly now: number
}

/** The number of a version in a word: "v7"; of one that has none yet, or whose number was not heard, "a version". */
export function versionWord(number: number | undefined): string {
  return number === undefined ? "a version" : `v${number}`
}

/** Whether the authority has said in the present connection what a label holds: then it would have said since if that had changed. */
function isConfirmed({ asOf }: Pick<PublishedLabel, "asOf">, { status }: NewsTime): boolean {
  return status.connection === "online" && asOf - status.relayTimeOffsetMs >= status.since
}

/** How old the news of a label is: "as of 5 min ago"; empty while they are kept fresh. */
export function asOfWords(label: Pick<PublishedLabel, "asOf">, time: NewsTime): string {
  if (isConfirmed(label, time)) return ""
  return `as of ${duration(Math.max(0, time.now - (label.asOf - time.status.relayTimeOffsetMs)))} ago`
}

/** What a label holds, in a sentence that claims no more than a relay said. */
export function labelSentence(label: PublishedLabel, time: NewsTime): string {
  const { label: name, versionId, number } = label
  const sure = isConfirmed(label, time)
  if (versionId === null) return sure ? `Nobody gets anything as ${name}.` : `Nothing was ${name}, ${asOfWords(label, time)}.`
  const what = versionWord(number)
  if (sure) return `Everybody who asks for ${name} gets ${what}.`
  return `${what.replace(/^a /u, "A ")} was ${name}, ${asOfWords(label, time)}. It may have changed since.`
}

/** The label of an intent as it stands in a sentence: "as production"; of one without, "with a number". */
export function asLabel({ label }: Pick<PublishIntent, "label">): string {
  return label === null ? "with a number" : `as ${label}`
}

const SAVING_PROBLEMS: Readonly<Record<string, string>> = {
  "too-large":
    "This prompt is too long for a version, or it has as many drafts as it can have. Make it shorter, or go on in another draft.",
  "unknown-version": "A version that this takes is not on this device yet. Try again once a relay is in reach.",
  "unknown-draft": "This draft is not on this device yet. Try again once a relay is in reach.",
}

/** Why a version or a draft could not be made, and what to do; whatever was written stays as it is. */
export function savingProblem(error: unknown): string {
  const code = (error as { readonly code?: unknown } | null)?.code
  const why = typeof code === "string" ? SAVING_PROBLEMS[code] : undefined
  return `${why ?? "This device could not save it."} Nothing was changed.`
}

const REFUSALS: Readonly<Record<string, string>> = {
  forbidden: "You may not set this label. Ask an owner to publish it, or use a label of your own.",
  "bad-name": "Others ask for a prompt by its name, and this one has none that can be used. Name it and publish again.",
  "bad-label": "This label cannot be used.",
  "name-taken": "Another prompt was published under this name before. Give this one another name and publish again.",
  full: "No more versions of this prompt can have a number.",
  "bad-list": "The list of this prompt’s versions at the relay cannot be read. Ask whoever runs the relay.",
  "too-large": "It is too large for the relay.",
  "no-number": "This version was never published. Publish it first.",
}

/** Why what was to be published was refused, and what to do. */
export function refusalWords({ code }: Pick<PublishIntent, "code">): string {
  return (code === undefined ? undefined : REFUSALS[code]) ?? `The relay refused it${code === undefined ? "" : ` (${code})`}.`
}
