import { isSegment } from "../document-id.ts"
import { compareByClock, readClock } from "../hybrid-clock.ts"
import { labelProblem } from "./prompt-registers.ts"
import type { LabelBase } from "./labels.ts"
import type { Theirs } from "./publication.ts"

/**
 * How far an intent came, the later ones outranking the earlier:
 * - `waiting`: to be carried out when the authority can be reached;
 * - `refused`: it will not be, as things are; `code` says why;
 * - `conflict`: the label was moved since the author saw it; `theirs` is what it holds instead;
 * - `withdrawn`: by its author, or replaced by another;
 * - `done`: published; with `overtaken`, in a version of others that was made from this one.
 */
export type IntentState = "waiting" | "refused" | "conflict" | "withdrawn" | "done"

/** What is said with the state of an intent. */
export interface IntentDetails {
  /** Of what is `done`: the number of the version. */
  readonly number?: number
  /** Of what is `done`: the label was given to a version of others that was made from this one. */
  readonly overtaken?: boolean
  /** Of a `conflict`: what the label held then. */
  readonly theirs?: Theirs
  /** Of what was `refused`: the code of the refusal; `name-taken` when another prompt has the name. */
  readonly code?: string
  /** With `name-taken`: the prompt that has the name. */
  readonly by?: string
}

/** What somebody wants to have published, and how far that is. Immutable. */
export interface PublishIntent extends IntentDetails {
  /** Of the prompt; a person has one private document, whatever workspaces they work in. */
  readonly workspace: string
  readonly promptId: string
  /** Names the intent, and it in requests to the authority: the same on all devices of its author. */
  readonly attempt: string
  /** `null`: a number and no label. */
  readonly label: string | null
  readonly versionId: string
  readonly base: LabelBase
  /** When it was noted, in ms since 1970. */
  readonly at: number
  /** How the message of the version begins. */
  readonly message: string
  /** The version of an intent for the same label that this one replaced while it waited: should that have been published, this one goes on from it. */
  readonly instead?: string
  readonly state: IntentState
  /** When it came to its state, in ms since 1970; `at` while it waits. */
  readonly settledAt: number
}

/** Field of the record that says what is wanted. */
export const INTENT = "intent"

const RANKS: Readonly<Record<IntentState, number>> = { waiting: 0, refused: 1, conflict: 2, withdrawn: 3, done: 4 }
const ATTEMPT = /^[0-9a-f]{16}$/u
const MAX_ID_LENGTH = 128

/** Whether `state` is shown though somebody else came to `other`. */
export function outranks(state: IntentState, other: IntentState): boolean {
  return RANKS[state] > RANKS[other]
}

/** Order of intents: latest first. */
export function compareIntents(left: PublishIntent, right: PublishIntent): number {
  return compareByClock({ clock: right.at, id: right.attempt }, { clock: left.at, id: left.attempt })
}

/** The intent in what a document holds, however strange that is; `undefined` when it is none, or not kept any more. */
export function readIntent(
  promptId: string,
  attempt: string,
  value: unknown,
  states: readonly (readonly [state: string, details: unknown])[],
): PublishIntent | undefined {
  const { workspace, label, versionId, base, at, message, instead } = fieldsOf(value)
  const isLabelled = label === null || (typeof label === "string" && labelProblem(label) === undefined)
  if (!ATTEMPT.test(attempt) || !isSegment(workspace) || !isLabelled || !isText(versionId) || versionId === "") return undefined
  const { revision, versionId: baseVersion } = fieldsOf(base)
  const noted = readClock(at)
  return Object.freeze({
    workspace,
    promptId,
    attempt,
    label,
    versionId,
    base: Object.freeze({ revision: isText(revision) ? revision : null, versionId: isText(baseVersion) ? baseVersion : null }),
    at: noted,
    message: typeof message === "string" ? message : "",
    ...(isText(instead) ? { instead } : {}),
    ...furthest(states, noted),
  })
}

function furthest(
  states: readonly (readonly [state: string, details: unknown])[],
  at: number,
): Pick<PublishIntent, "state" | "settledAt"> & IntentDetails {
  let best: { readonly state: IntentState; readonly details: Record<string, unknown> } | undefined
  for (const [name, value] of states) {
    const state = Object.hasOwn(RANKS, name) ? (name as IntentState) : undefined
    if (state === undefined || typeof value !== "object" || value === null) continue
    const details = fieldsOf(value)
    // Of two devices that came to the same state the first one is told.
    const isFurther = best === undefined || outranks(state, best.state)
    if (isFurther || (state === best?.state && readClock(details["at"]) < readClock(best.details["at"]))) best = { state, details }
  }
  return best === undefined
    ? { state: "waiting", settledAt: at }
    : { state: best.state, settledAt: readClock(best.details["at"]), ...readDetails(best.details) }
}

function readDetails({ number, overtaken, theirs, code, by }: Record<string, unknown>): IntentDetails {
  return {
    ...(Number.isSafeInteger(number) ? { number: number as number } : {}),
    ...(overtaken === true ? { overtaken } : {}),
    ...(typeof theirs === "object" && theirs !== null ? { theirs: readTheirs(fieldsOf(theirs)) } : {}),
    ...(isText(code) ? { code } : {}),
    ...(isText(by) ? { by } : {}),
  }
}

function readTheirs({ revision, versionId, principal, setAt }: Record<string, unknown>): Theirs {
  return Object.freeze({
    revision: isText(revision) ? revision : null,
    versionId: isText(versionId) ? versionId : null,
    principal: typeof principal === "string" ? principal : "",
    setAt: readClock(setAt),
  })
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_ID_LENGTH
}
