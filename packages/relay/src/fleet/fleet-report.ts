import { isId, type LogId, type RelayId } from "@polylogue/protocol"
import { decodeUtf8, encodeUtf8 } from "lib0/string"
import type { Lag, ReportedDocument } from "./convergence.ts"

/*
 * What a relay tells all others of itself: JSON, so that a relay of another version reads what it knows and passes on the rest. It names no document, no
 * user and no address. What comes in is another program's: whatever does not fit is read as its default.
 */

/** How a link is: it stands, or it is tried again, or it was refused, and will be until somebody changes something. */
const LINK_STATES = ["up", "down", "refused"] as const
/** One of them. */
export type ReportedLinkState = (typeof LINK_STATES)[number]

/** One link of the relay that reports. */
export interface ReportedLink {
  /** `undefined` while it is not known who answers there. */
  readonly relay: RelayId | undefined
  readonly name: string
  readonly state: ReportedLinkState
  /** Why it does not stand; "" when it does, or when nobody said why. */
  readonly code: string
  /** When the state began, by the clock of the relay that reports. */
  readonly since: number
  /** What is there, and not yet here; `undefined` while that is not known. */
  readonly behind: Lag | undefined
  /** How the clock over there stands to the one of the relay that reports. */
  readonly clock: { readonly offsetMs: number; readonly errorMs: number } | undefined
}

/** What a relay says of itself. */
export interface FleetReport {
  /** What runs there, with its version. */
  readonly program: string
  /** The log of its present start, and when that was. */
  readonly log: LogId
  readonly startedAt: number
  /** Whether it holds only what is in use there. */
  readonly onDemand: boolean
  readonly links: readonly ReportedLink[]
  /** Authorities of registers, as they are reached from there: one when all is well. */
  readonly authorities: readonly RelayId[]
  /** Documents with erasures that are not carried out there. */
  readonly erasuresPending: number
  /** What it holds of documents that changed there last. */
  readonly documents: readonly ReportedDocument[]
}

/** Links, documents and logs of a document that one report names: what is beyond is left out. */
export const MAX_REPORTED_LINKS = 64
export const MAX_REPORTED_DOCUMENTS = 16
export const MAX_REPORTED_LOGS = 16
const MAX_REPORTED_AUTHORITIES = 8
const MAX_NAME_LENGTH = 64
const MAX_CODE_LENGTH = 32

/** As it travels: below the `MAX_REPORT_BYTES` of the protocol, for everything in it is bounded. */
export function encodeReport(report: FleetReport): Uint8Array {
  const { links, documents, ...rest } = report
  const json = JSON.stringify({
    ...rest,
    links: links.slice(0, MAX_REPORTED_LINKS),
    documents: documents.slice(0, MAX_REPORTED_DOCUMENTS).map(({ key, vector }) => ({ key, vector: [...vector] })),
  })
  return encodeUtf8(json)
}

/** What `bytes` say, as far as it is understood; `undefined` when it is no report at all. */
export function decodeReport(bytes: Uint8Array): FleetReport | undefined {
  const read = parse(bytes)
  if (!isObject(read)) return undefined
  return {
    program: shortText(read["program"]),
    log: idOf(read["log"]) ?? "",
    startedAt: numberOf(read["startedAt"]) ?? 0,
    onDemand: read["onDemand"] === true,
    links: listOf(read["links"], MAX_REPORTED_LINKS, linkOf),
    authorities: idsOf(read["authorities"]),
    erasuresPending: numberOf(read["erasuresPending"]) ?? 0,
    documents: listOf(read["documents"], MAX_REPORTED_DOCUMENTS, documentOf),
  }
}

/** A text of another program, for people: bounded, and without what would turn a line around or break it. */
export function shortText(value: unknown, mostLength = MAX_NAME_LENGTH): string {
  if (typeof value !== "string") return ""
  // Control characters, and those that change the direction of what follows.
  return value.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, "").slice(0, mostLength)
}

function linkOf(read: Readonly<Record<string, unknown>>): ReportedLink | undefined {
  const state = LINK_STATES.find((known) => known === read["state"])
  if (state === undefined) return undefined
  return {
    relay: idOf(read["relay"]),
    name: shortText(read["name"]),
    state,
    code: shortText(read["code"], MAX_CODE_LENGTH),
    since: numberOf(read["since"]) ?? 0,
    behind: isObject(read["behind"])
      ? { documents: numberOf(read["behind"]["documents"]) ?? 0, entries: numberOf(read["behind"]["entries"]) ?? 0 }
      : undefined,
    clock: clockOf(read["clock"]),
  }
}

function clockOf(read: unknown): ReportedLink["clock"] {
  if (!isObject(read)) return undefined
  const offsetMs = finiteOf(read["offsetMs"])
  const errorMs = numberOf(read["errorMs"])
  return offsetMs === undefined || errorMs === undefined ? undefined : { offsetMs, errorMs }
}

function documentOf(read: Readonly<Record<string, unknown>>): ReportedDocument | undefined {
  const { key, vector } = read
  if (typeof key !== "string" || !isId(key) || !Array.isArray(vector) || vector.length > MAX_REPORTED_LOGS) return undefined
  const known = vector.flatMap((pair: unknown): [LogId, number][] => {
    const [log, seq] = Array.isArray(pair) ? (pair as unknown[]) : []
    return typeof log === "string" && isId(log) && Number.isSafeInteger(seq) && (seq as number) > 0 ? [[log, seq as number]] : []
  })
  return { key, vector: new Map(known) }
}

function listOf<T>(read: unknown, most: number, element: (read: Readonly<Record<string, unknown>>) => T | undefined): T[] {
  if (!Array.isArray(read)) return []
  return (read as unknown[]).slice(0, most).flatMap((one) => {
    const understood = isObject(one) ? element(one) : undefined
    return understood === undefined ? [] : [understood]
  })
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function idOf(value: unknown): string | undefined {
  return typeof value === "string" && isId(value) ? value : undefined
}

function idsOf(value: unknown): string[] {
  return Array.isArray(value) ? (value as unknown[]).slice(0, MAX_REPORTED_AUTHORITIES).flatMap((one) => idOf(one) ?? []) : []
}

/** 0 or more. */
function numberOf(value: unknown): number | undefined {
  const number = finiteOf(value)
  return number === undefined || number < 0 ? undefined : number
}

function finiteOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decodeUtf8(bytes))
  } catch {
    // Another program's bytes: what cannot be read says nothing, and is passed on all the same.
    return undefined
  }
}
