import { ConversationError } from "../conversation-error.ts"
import { type DocumentId, indexDocumentId } from "../document-id.ts"
import { wellFormed } from "../well-formed.ts"

/** Most characters of a label. */
export const MAX_LABEL_LENGTH = 36
/** Most characters of a prompt's name as it stands in a register's name, escaped. */
export const MAX_ESCAPED_NAME_LENGTH = 900
/** The label that everybody gets who asks for none. */
export const PRODUCTION_LABEL = "production"
/** The label that nobody sets: the version with the highest number. */
export const LATEST_LABEL = "latest"

const FORM = /^[a-z0-9_.-]{1,36}$/
const LABEL = "label/"
const VERSIONS = "versions"
const NAME = "prompt-name/"

/** What is wrong with a label that somebody wants to set: not 1 to 36 of `a-z 0-9 _ . -`, or reserved; `undefined` when nothing is. */
export function labelProblem(label: string): "bad-form" | "reserved" | undefined {
  return FORM.test(label) ? (label === LATEST_LABEL ? "reserved" : undefined) : "bad-form"
}

/**
 * The register that says which version of a prompt has a label.
 * @throws ConversationError `bad-label` for one that cannot be set.
 */
export function labelKey(promptDocument: DocumentId, label: string): string {
  const problem = labelProblem(label)
  if (problem === "reserved")
    throw new ConversationError("bad-label", `${LATEST_LABEL} is the version with the highest number; nobody sets it`)
  if (problem !== undefined)
    throw new ConversationError("bad-label", `${JSON.stringify(label.slice(0, 80))} is no label: 1 to ${MAX_LABEL_LENGTH} of a-z 0-9 _ . -`)
  return `${promptDocument}#${LABEL}${label}`
}

/** The document and the label of a label's register; `undefined` for any other. */
export function parseLabelKey(key: string): { readonly promptDocument: DocumentId; readonly label: string } | undefined {
  const mark = key.indexOf("#")
  const label = key.slice(mark + 1 + LABEL.length)
  if (mark === -1 || !key.startsWith(LABEL, mark + 1) || labelProblem(label) !== undefined) return undefined
  return { promptDocument: key.slice(0, mark), label }
}

/** The register with the numbers of a prompt's versions. */
export function versionsKey(promptDocument: DocumentId): string {
  return `${promptDocument}#${VERSIONS}`
}

/** A prompt's name as names are compared and reserved: composed (NFC), without space around it. */
export function publishedName(name: string): string {
  return wellFormed(name).normalize("NFC").trim()
}

/**
 * The register that says which prompt has a name in a workspace.
 * @throws ConversationError `bad-name` for a name of nothing but space, or of more than {@link MAX_ESCAPED_NAME_LENGTH} characters escaped.
 */
export function promptNameKey(workspace: string, name: string): string {
  const escaped = encodeURIComponent(publishedName(name))
  if (escaped === "") throw new ConversationError("bad-name", "a prompt is published under a name, and this one has none")
  if (escaped.length > MAX_ESCAPED_NAME_LENGTH)
    throw new ConversationError(
      "bad-name",
      `a name has at most ${MAX_ESCAPED_NAME_LENGTH} characters escaped for an address, this one ${escaped.length}`,
    )
  return `${indexDocumentId(workspace)}#${NAME}${escaped}`
}

/** The index and the name of the register that {@link promptNameKey} names; `undefined` for any other. */
export function parsePromptNameKey(key: string): { readonly indexDocument: DocumentId; readonly name: string } | undefined {
  const mark = key.indexOf("#")
  if (mark === -1 || !key.startsWith(NAME, mark + 1)) return undefined
  try {
    const name = decodeURIComponent(key.slice(mark + 1 + NAME.length))
    return name === "" ? undefined : { indexDocument: key.slice(0, mark), name }
  } catch {
    // Registers hold what programs of any kind wrote.
    return undefined
  }
}
