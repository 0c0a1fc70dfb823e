import { sha256Hex } from "../content-hash.ts"
import { BUNDLE_FORMAT, BUNDLE_VERSION, type BundledConversation } from "../formats/bundle.ts"
import { readBundledCard } from "../formats/bundled-card.ts"
import type { ImportedBlob } from "../formats/imported-blobs.ts"
import {
  type ImportedCard,
  type ImportItem,
  type ImportPlace,
  ImportProblem,
  type ImportReason,
  problemReport,
} from "../formats/import-item.ts"
import { isObject, type JsonObject, listField, stringField } from "../formats/json-value.ts"
import { recordsIn } from "../formats/record-finder.ts"
import { asProblem, type ReadOptions, readRecord } from "../formats/record-reader.ts"

/** Reads members of an archive by name. */
export interface BundleMembers {
  readonly archive: string
  /** The bytes of a member; `undefined` when there is none. Throws an {@link ImportProblem} for one that is damaged or too large. */
  read(name: string): Promise<Uint8Array | undefined>
  /** Bytes of attachments that one conversation may bring; see `ReadImportOptions`. */
  readonly maxBlobBytes: number
  /** The value of JSON text; an {@link ImportProblem} when it is none. */
  parse(bytes: Uint8Array): unknown
}

/** Whether `value` is the manifest of a bundle. */
export function isManifest(value: unknown): value is JsonObject {
  return isObject(value) && value["format"] === BUNDLE_FORMAT
}

/** What a manifest says of one conversation. */
type ListedConversation = Pick<BundledConversation, "title" | "file" | "sha256"> & { readonly card: ImportedCard }

/**
 * The conversations that a manifest lists, in its order. What the manifest says is only believed where the archive agrees.
 * @throws ImportProblem `unsupported-version`.
 */
export function bundledConversations(manifest: JsonObject): readonly ListedConversation[] {
  if (manifest["version"] !== BUNDLE_VERSION) {
    const version = (JSON.stringify(manifest["version"]) ?? "none").slice(0, 20)
    throw new ImportProblem("unsupported-version", `version ${version} of the format is not known here, only ${BUNDLE_VERSION}`)
  }
  return listField(manifest, "conversations")
    .filter(isObject)
    .map((entry) => {
      return {
        title: stringField(entry, "title") ?? "",
        file: stringField(entry, "file") ?? "",
        sha256: stringField(entry, "sha256") ?? "",
        card: readBundledCard(entry["card"]),
      }
    })
}

/** Reads one conversation of a bundle with the attachments that it names. Bytes that are not what their name says are not taken. */
export async function readBundled(members: BundleMembers, entry: ListedConversation, options: ReadOptions): Promise<ImportItem> {
  const where: ImportPlace = { file: `${members.archive}/${entry.file}`, position: "" }
  try {
    const bytes = await members.read(entry.file)
    if (bytes === undefined) throw new ImportProblem("bad-record", "the archive lists this conversation, and has not got it")
    if (sha256Hex(bytes) !== entry.sha256)
      throw new ImportProblem("bad-hash", "this is not what the archive says it is: it was changed or damaged")
    const file = members.parse(bytes)
    if (file instanceof ImportProblem) throw file
    const [record] = recordsIn(file)
    const item = readRecord(where, record?.value, { ...options, format: "polylogue" })
    if (item.kind === "report") return item
    const notices: ImportReason[] = [...item.notices]
    const blobs = await readBlobs(
      members,
      item.conversation.messages.flatMap(({ parts }) => parts),
      notices,
    )
    return { ...item, notices, conversation: { ...item.conversation, card: entry.card, ...(blobs.length > 0 ? { blobs } : {}) } }
  } catch (error) {
    return { kind: "report", report: problemReport(where, asProblem(error), entry.title) }
  }
}

async function readBlobs(members: BundleMembers, parts: readonly JsonObject[], notices: ImportReason[]): Promise<ImportedBlob[]> {
  const blobs = new Map<string, ImportedBlob>()
  let missing = 0
  let held = 0
  for (const part of parts) {
    const { sha256, mediaType } = part
    if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/u.test(sha256) || blobs.has(sha256)) continue
    const bytes = await readBlob(members, sha256, notices)
    if (bytes === undefined) missing++
    else if (held + bytes.length > members.maxBlobBytes) {
      const message = `attachment ${sha256.slice(0, 12)}: the attachments of one conversation have more than ${members.maxBlobBytes} bytes`
      notices.push({ code: "too-large", message })
    } else {
      held += bytes.length
      blobs.set(sha256, { sha256, bytes, mediaType: typeof mediaType === "string" ? mediaType : "application/octet-stream" })
    }
  }
  if (missing > 0)
    notices.push({ code: "no-bytes", message: `${missing} attachment(s) are named, but what was in them is not in the file` })
  return [...blobs.values()]
}

async function readBlob(members: BundleMembers, sha256: string, notices: ImportReason[]): Promise<Uint8Array | undefined> {
  try {
    const bytes = await members.read(`blobs/${sha256}`)
    if (bytes === undefined || sha256Hex(bytes) === sha256) return bytes
    notices.push({ code: "bad-hash", message: `the bytes of attachment ${sha256.slice(0, 12)} are not what their name says: not taken` })
  } catch (error) {
    const { code, message } = asProblem(error)
    notices.push({ code, message: `attachment ${sha256.slice(0, 12)}: ${message}` })
  }
  return undefined
}
