import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import type { FaultKind } from "./fault-schedule.ts"

/** One fault, and how it was got over. */
export interface Episode {
  readonly kind: FaultKind
  readonly story: string
  readonly faultMs: number
  /**
   * Milliseconds from the heal, the start of a relay that was killed included, until every relay had all that any had at the heal; and until every device showed
   * all that was written by then, and its writers were told that it is on more than one relay. Everybody writes on meanwhile.
   */
  readonly convergedMs: number
  readonly settledMs: number
  /**
   * Bytes of updates that relays got from the heal until then and that did not come from devices of their own: what they lacked at the heal and what was written
   * meanwhile; 0 of a fault that separates nobody.
   */
  readonly missingBytes: number
  /** Bytes that arrived over all links in that time, what a cut held included. */
  readonly sentBytes: number
}

/** What a whole run came to. */
export interface RunReport {
  readonly topology: string
  readonly seed: string
  readonly episodes: readonly Episode[]
  readonly written: number
  /** Of these, words that a relay acknowledged; that were said to be on more than one relay. */
  readonly acknowledged: number
  readonly replicated: number
  /** Acknowledged words that are not everywhere. */
  readonly lost: readonly string[]
  /** Words of devices that still have their disks and are not everywhere. */
  readonly missing: readonly string[]
  /** Words of devices that lost their disks together with their relay: said to be on another relay before, and counted above; and not, of which some may be gone. */
  readonly survivors: number
  readonly atRisk: number
  readonly atRiskGone: number
  /** How often a device went on at another relay. */
  readonly moves: number
  /** What was not as it is promised: words before their causes, relays and devices that differ. */
  readonly violations: readonly string[]
  /** Bytes of the busiest link in a heartbeat, when all was over. */
  readonly idleBytes: number
}

/** `values` as least, median, 90 % and most. */
interface Distribution {
  readonly count: number
  readonly least: number
  readonly median: number
  readonly p90: number
  readonly most: number
}

function distributionOf(values: readonly number[]): Distribution {
  const sorted = [...values].sort((left, right) => left - right)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
  return { count: sorted.length, least: at(0), median: at(0.5), p90: at(0.9), most: at(1) }
}

/** A report for people: an episode a line, then the distributions. */
export function describeRun(report: RunReport): string {
  const { topology, seed, episodes, written, acknowledged, replicated, lost, missing, survivors, atRisk, atRiskGone, moves, violations } =
    report
  return [
    `${topology}, seed ${seed}: ${written} words written, ${acknowledged} acknowledged, ${replicated} on more than one relay; ` +
      `${lost.length} lost, ${missing.length} missing, ${violations.length} violations`,
    `  of devices lost with the disk of their relay: ${survivors} words were on another relay and are there; ${atRiskGone} of the other ${atRisk} are gone; devices went on at another relay ${moves} times`,
    ...episodes.map(describeEpisode),
    `  T_conv of relays, s: ${describe(distributionOf(episodes.map(({ convergedMs }) => convergedMs / 1000)))}`,
    `  bytes sent / bytes missing: ${describe(distributionOf(ratiosOf(episodes)))}`,
    `  bytes of a link in a heartbeat, idle: ${report.idleBytes}`,
  ].join("\n")
}

function describeEpisode({ story, faultMs, convergedMs, settledMs, missingBytes, sentBytes }: Episode): string {
  const times = `${seconds(faultMs)} s of fault; relays equal after ${seconds(convergedMs)} s, devices after ${seconds(settledMs)} s`
  return `  ${story.padEnd(48)} ${times}; ${missingBytes} bytes missing, ${sentBytes} sent`
}

function describe({ count, least, median, p90, most }: Distribution): string {
  return `least ${least.toFixed(2)}, median ${median.toFixed(2)}, 90 % ${p90.toFixed(2)}, most ${most.toFixed(2)} of ${count}`
}

/** Bytes sent to bytes missing, of those episodes in which something was. */
function ratiosOf(episodes: readonly Episode[]): number[] {
  return episodes.filter(({ missingBytes }) => missingBytes > 0).map(({ sentBytes, missingBytes }) => sentBytes / missingBytes)
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2).padStart(6)
}

/** Writes `report` as JSON into the folder POLYLOGUE_LINKS_REPORT, if there is one. */
export async function keepReport(report: RunReport): Promise<void> {
  const folder = process.env["POLYLOGUE_LINKS_REPORT"]
  if (folder === undefined) return
  await mkdir(folder, { recursive: true })
  const name = `${report.topology.replaceAll(" ", "-")}-${report.seed}.json`
  await writeFile(join(folder, name), `${JSON.stringify(report, null, 2)}\n`)
}
