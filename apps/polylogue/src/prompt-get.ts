import { LATEST_LABEL, type PortablePrompt, type PortableSlot, type PromptLeft, writePrompts } from "@polylogue/conversation"
import { CommandError } from "./command-error.ts"
import { checkData, put, writeFile } from "./export-file.ts"
import type { Call } from "./flags.ts"
import { leftLines, namedFormat } from "./prompt-words.ts"
import { Workspace } from "./workspace.ts"

/**
 * `polylogue prompt get`: prints a published prompt, a text as it is and a chat in Markdown unless a format is named, with `--json` the answer of the relay.
 * @throws CommandError `usage` without a name, `failure` when there is no such version: it says which there are.
 */
export async function getPrompt(call: Call): Promise<number> {
  const [name, stray] = call.files
  if (name === undefined || stray !== undefined) throw new CommandError("usage", "Name one prompt: polylogue prompt get <name>.")
  // An address has no place for these: the relay would be asked for something else.
  if (["", ".", ".."].includes(name)) throw new CommandError("usage", `No prompt can be asked for as "${name}".`)
  const [label, version] = [call.flag("label"), call.flag("version")]
  if (label !== undefined && version !== undefined) throw new CommandError("usage", "Name a label or a version, not both.")
  const format = namedFormat(call)
  if (call.flag("relay") === undefined) checkData(call.flag("data")!)
  const workspace = await Workspace.open(call)
  try {
    const query = new URLSearchParams({
      workspace: workspace.name,
      ...(label === undefined ? {} : { label }),
      ...(version === undefined ? {} : { version }),
    })
    const answer = await askForPrompts(workspace, `/${encodeURIComponent(name)}?${query.toString()}`)
    const left: PromptLeft[] = []
    const prompt = portable(answer)
    const chosen = format?.name ?? (prompt.versions[0]?.kind === "text" ? "text" : "markdown")
    const pieces = call.on("json") ? [`${JSON.stringify(answer, null, 2)}\n`] : writePrompts(chosen, [prompt], left)
    await writeFile(call.flag("out") ?? "-", async (file) => {
      for (const piece of pieces) await put(file, piece)
    })
    // Who named no format asked for no more than what it says.
    if (format !== undefined) for (const line of leftLines(left)) console.error(line)
    return 0
  } finally {
    await workspace.close()
  }
}

/** What the relay answers about prompts. @throws CommandError `failure`, in the relay's words, when that is no prompt. */
export async function askForPrompts(workspace: Workspace, path: string): Promise<Readonly<Record<string, unknown>>> {
  const { status, body } = await workspace.ask(`/api/prompts${path}`)
  const fields = typeof body === "object" && body !== null ? (body as Readonly<Record<string, unknown>>) : {}
  if (status === 200) return fields
  throw new CommandError("failure", typeof fields["message"] === "string" ? fields["message"] : `The relay answered ${status}.`)
}

/** The relay's answer as files have a prompt. */
function portable(answer: Readonly<Record<string, unknown>>): PortablePrompt {
  const { name, type, prompt, config, variables, labels, tags, version, commitMessage, createdAt, createdBy } =
    answer as unknown as Answered
  const slots = typeof prompt === "string" ? [{ role: "user", text: prompt }] : prompt.map(slotOf)
  const message = commitMessage ?? ""
  const standing = labels.filter((label) => label !== LATEST_LABEL)
  const about = { message, createdAt: Date.parse(createdAt), author: createdBy, labels: standing, number: version, extra: null }
  return { name, description: "", tags, versions: [{ kind: type, slots, variables, config, ...about }] }
}

type Version = PortablePrompt["versions"][number]

interface Answered extends Pick<Version, "variables" | "config" | "labels"> {
  readonly name: string
  readonly type: Version["kind"]
  readonly prompt: string | readonly { readonly role?: string; readonly content?: string; readonly name?: string }[]
  readonly tags: readonly string[]
  readonly version: number | null
  readonly commitMessage: string | null
  readonly createdAt: string
  readonly createdBy: string
}

function slotOf({ role, content, name }: { readonly role?: string; readonly content?: string; readonly name?: string }): PortableSlot {
  return role === undefined ? { role: "placeholder", name: name ?? "", text: "" } : { role, text: content ?? "" }
}
