import process from "node:process"

/** How much an event matters, from least to most. `error`: an operator should look. `warning`: refused or survived. */
export type Level = "debug" | "info" | "warning" | "error"

/** The levels, from least to most. */
export const LEVELS: readonly Level[] = Object.freeze(["debug", "info", "warning", "error"])

/** Fields of an event. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>

/**
 * Where events go: one JSON object a line on standard error, so that standard output stays for what was asked for. Never content, never tokens;
 * names of documents only where an operator has to act on that document.
 */
export type Journal = (event: string, fields?: Fields, level?: Level) => void

/** Longest text in a field, in characters: some come from outside. */
const MAX_TEXT = 300

/** Writes events of `least` and above to standard error. An event without a level is `info`. */
export function openJournal(least: Level): Journal {
  const from = LEVELS.indexOf(least)
  return (event, fields = {}, level = "info") => {
    if (LEVELS.indexOf(level) < from) return
    const cut = Object.entries(fields).map(([name, value]) => [name, typeof value === "string" ? value.slice(0, MAX_TEXT) : value])
    process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...Object.fromEntries(cut) })}\n`)
  }
}
