import { median } from "./statistics.ts"
import type { Measure, ServerName, Workload } from "./workload.ts"

/** A value for each measure of one run. */
export type Figures = Readonly<Record<string, number>>

/** All runs of a workload. */
export interface Results {
  readonly workload: Workload
  readonly runs: readonly { readonly size: number; readonly server: ServerName; readonly repetition: number; readonly figures: Figures }[]
}

/** A table for the terminal: medians, in brackets the least and the most, behind × the relation to the reference. */
export function textOf(results: Results): string {
  const rows = [headerOf(results), ...rowsOf(results)]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const lines = rows.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))))
  return [`${results.workload.title} (${results.workload.name})`, ...lines.map((cells) => cells.join("  "))].join("\n")
}

/** The page of all results. */
export function markdownOf(
  all: readonly Results[],
  { machine, startedAt, minutes }: { readonly machine: string; readonly startedAt: Date; readonly minutes: number },
): string {
  return [
    "# Results\n",
    "Written by `npm run bench`; see [README.md](README.md) for what is compared and how. Medians over the runs, in brackets the least and the most; × is the relation to the reference (in bold), " +
      "the median over runs that stood side by side.\n",
    `${startedAt.toISOString().slice(0, 10)}, ${minutes.toFixed(0)} minutes.\n${machine}\n`,
    ...all.map(sectionOf),
  ].join("\n")
}

function sectionOf(results: Results): string {
  const { title, how, repetitions } = results.workload
  const table = [headerOf(results), headerOf(results).map((_, column) => (column === 0 ? "---" : "---:")), ...rowsOf(results, true)]
  const times = repetitions === 1 ? "One run." : `${repetitions} runs.`
  return [`## ${title}\n`, `${how} ${times}\n`, ...table.map((row) => `| ${row.join(" | ")} |`), ""].join("\n")
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
