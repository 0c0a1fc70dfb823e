import process from "node:process"

/** Where events go: one JSON object a line on standard error, so that standard output stays for what was asked for. Never content, never tokens. */
export type Journal = (event: string, fields?: Readonly<Record<string, string | number | boolean | undefined>>) => void

/** Writes to standard error. */
export const journal: Journal = (event, fields = {}) => {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), event, ...fields })}\n`)
}
