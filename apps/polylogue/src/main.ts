import process from "node:process"
import { COMMANDS, commandIn, usage } from "./commands.ts"
import { CommandError, EXIT_CODES, reasonOf } from "./command-error.ts"
import { parseCall } from "./flags.ts"
import { programVersion } from "./program-version.ts"

// Whoever reads the output may go away, as `head` does once it has enough: what was begun is finished all the same, an import above all.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error) => {
    if (!isReaderGone(error)) throw error
  })

process.exitCode = await main(process.argv.slice(2))

/** Runs one command; the number is the exit code of the process. */
async function main(words: readonly string[]): Promise<number> {
  const [name] = words
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    console.log(usage())
    return name === undefined ? EXIT_CODES.usage : 0
  }
  if (name === "--version") {
    console.log(programVersion())
    return 0
  }
  const found = commandIn(words)
  if (found === undefined) {
    const group = COMMANDS.some((command) => command.name.startsWith(`${name} `))
    if (!group) return fail(new CommandError("usage", `There is no command "${name}". See polylogue --help.`))
    const second = words[1]?.startsWith("-") === false ? words[1] : undefined
    if (second !== undefined)
      return fail(new CommandError("usage", `There is no command "${name} ${second}". See polylogue ${name} --help.`))
    console.log(usage(undefined, `${name} `))
    return words[1] === "--help" || words[1] === "-h" ? 0 : EXIT_CODES.usage
  }
  const { command, rest: args } = found
  if (args.includes("--help") || args.includes("-h")) {
    console.log(usage(command))
    return 0
  }
  try {
    const call = parseCall(args, command.flags, process.env, command.own)
    const [stray] = command.operands === undefined ? call.files : []
    if (stray !== undefined)
      throw new CommandError("usage", `There is nothing to do with "${stray}": polylogue ${command.name} takes flags only.`)
    return await command.run(call)
  } catch (error) {
    return fail(error)
  }
}

function fail(error: unknown): number {
  if (error instanceof CommandError) {
    console.error(`polylogue: ${error.message}`)
    return EXIT_CODES[error.code]
  }
  // An export to standard output that nobody reads to its end has nobody to tell.
  if (isReaderGone(error)) return EXIT_CODES.failure
  console.error(`polylogue: ${reasonOf(error)}`)
  if (error instanceof Error) console.error(error.stack)
  return EXIT_CODES.failure
}

function isReaderGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EPIPE"
}
