import { median } from "./statistics.ts"
import type { Measure, ServerName, Workload } from "./workload.ts"

/** A value for each measure of one run. */
export type Figures = Readonly<Record<string, number>>

/** All runs of a workload. */
export interface Results {
  readonly workload: Workload
  readonly startedAt: Date
  /** Of the machine over the last minute, before it began. */
  readonly load: number
  readonly runs: readonly { readonly size: number; readonly server: ServerName; readonly repetition: number; readonly figures: Figures }[]
}

/** A table for the terminal: medians, in brackets the least and the most, behind × the relation to the reference. */
export function textOf(results: Results): string {
  const rows = [headerOf(results), ...rowsOf(results)]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const lines = rows.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))))
  return [`${results.workload.title} (${results.workload.name})`, ...lines.map((cells) => cells.join("  "))].join("\n")
}

/**
 * The page of results: `page` as it was, with the sections of `all` new or in place of what they said before, in the order of `titles`.
 * So a workload can be measured again by itself; servers are only ever compared within one.
 */
export function pageOf(
  page: string,
  all: readonly Results[],
  { titles, machine }: { readonly titles: readonly string[]; readonly machine: string },
): string {
  const sections = new Map<string, string>()
  for (const section of page.split(/^(?=## )/m).slice(1)) sections.set(/^## (.*)$/m.exec(section)![1]!, section.trimEnd())
  for (const results of all) sections.set(results.workload.title, sectionOf(results))
  return [
    "# Results\n",
    "Written by `npm run bench`; see [README.md](README.md) for what is compared and how. Medians over the runs, in brackets the least and the most; × is the relation to the reference (in bold), " +
      "the median over runs that stood side by side.\n",
    `${machine}\n`,
    ...titles.flatMap((title) => (sections.has(title) ? [`${sections.get(title)}\n`] : [])),
  ].join("\n")
}

function sectionOf(results: Results): string {
  const { title, how } = results.workload
  const table = [headerOf(results), headerOf(results).map((_, column) => (column === 0 ? "---" : "---:")), ...rowsOf(results, true)]
  const repetitions = new Set(results.runs.map(({ repetition }) => repetition)).size
  const runs = repetitions === 1 ? "One run" : `${repetitions} runs`
  const { startedAt, load } = results
  const when = `${startedAt.toISOString().slice(0, 16).replace("T", " ")} UTC`
  return [
    `## ${title}\n`,
    `${how}\n`,
    `${runs} of each, ${when}, at a load of the machine of ${load.toFixed(1)} before.\n`,
    ...table.map((row) => `| ${row.join(" | ")} |`),
  ].join("\n")
}

function headerOf({ workload }: Results): string[] {
  return [workload.sizes.title, ...Object.values(workload.measures).map(({ title }) => title)]
}

function rowsOf({ workload, runs }: Results, emphasised = false): string[][] {
  const sizes = [...new Set(runs.map(({ size }) => size))]
  return sizes.flatMap((size) =>
    workload.servers.map((server) => {
      const name = emphasised && server === workload.reference ? `**${server}**` : server
      const cells = Object.entries(workload.measures).map(([key, measure]) =>
        cellOf(key, measure, workload.reference, { size, server, runs }),
      )
      return [`${size.toLocaleString("en")} ${name}`, ...cells]
    }),
  )
}

function cellOf(
  key: string,
  { digits, ratio }: Measure,
  reference: ServerName,
  { size, server, runs }: { readonly size: number; readonly server: ServerName; readonly runs: Results["runs"] },
): string {
  const ofSize = runs.filter((run) => run.size === size)
  const own = ofSize.filter((run) => run.server === server && run.figures[key] !== undefined)
  if (own.length === 0) return "–"
  const values = own.map(({ figures }) => figures[key]!)
  const say = (value: number): string => value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })
  const spread = values.length > 1 ? ` (${say(Math.min(...values))}–${say(Math.max(...values))})` : ""
  if (ratio !== true || server === reference) return say(median(values)) + spread
  const ratios = own.flatMap((run) => {
    const beside = ofSize.find((other) => other.server === reference && other.repetition === run.repetition)?.figures[key]
    return beside === undefined || beside === 0 ? [] : [run.figures[key]! / beside]
  })
  return say(median(values)) + spread + (ratios.length === 0 ? "" : ` ×${median(ratios).toFixed(2)}`)
}
