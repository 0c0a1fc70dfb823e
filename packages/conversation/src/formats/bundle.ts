import type { ConversationView } from "../conversation-view.ts"
import { encodeUtf8, sha256Hex } from "../content-hash.ts"
import type { Left } from "./exported.ts"
import type { ImportedCard } from "./import-item.ts"
import { isEmpty } from "./json-value.ts"
import { exportNative, writeNativeFile } from "./native.ts"
import { ZipWriter } from "./zip-writer.ts"

/** The value of `format` in the manifest of a bundle. */
export const BUNDLE_FORMAT = "polylogue-bundle"
/** The value of `version` in the manifest; a bundle with another one is refused whole. */
export const BUNDLE_VERSION = 1
/** The member of a bundle that says what else is in it. */
export const MANIFEST_FILE = "manifest.json"

/** What a bundle has of one conversation. */
export interface BundledConversation {
  readonly id: string
  readonly title: string
  /** Name of the member, a native file with this conversation alone. */
  readonly file: string
  readonly messages: number
  /** Of the member's bytes. */
  readonly sha256: string
  /** What the list of conversations says of it; not there when that is nothing. */
  readonly card?: ImportedCard
}

/** What a bundle has of one attachment. */
interface BundledBlob {
  readonly sha256: string
  readonly size: number
  readonly mediaType: string
  readonly file: string
}

/** Where a bundle's bytes come from, and when it is made. */
export interface BundleOptions {
  /** Wall time in ms since 1970. */
  readonly createdAt: number
  /** The bytes of an attachment; `undefined` when they are not to be had, which is told to `onLeft`. */
  readonly blob: (sha256: string) => Promise<Uint8Array | undefined>
  /** Told of each attachment that is missing in the bundle. */
  readonly onLeft?: (conversationId: string, left: Left) => void
}

// What is packed already does not get smaller.
const PACKABLE = /^text\/|json|xml|javascript|csv|svg/u

/**
 * Writes conversations with their attachments as one zip archive, in chunks, holding one conversation at a time: each with all its branches and
 * records as a native file, before it the attachments that it names, in the end `manifest.json`. Enough without Yjs, and without this program.
 *
 * @param conversations - read one by one; each view, of all segments, must stay as it is until the next is asked for.
 */
export async function* writeBundle(
  conversations: AsyncIterable<BundleEntry> | Iterable<BundleEntry>,
  options: BundleOptions,
): AsyncIterableIterator<Uint8Array> {
  const zip = new ZipWriter()
  const listed: BundledConversation[] = []
  const blobs = new Map<string, BundledBlob | undefined>()
  for await (const { id, view, card = {} } of conversations) {
    for (const named of filesOf(view)) {
      if (!blobs.has(named.sha256)) {
        const bytes = await options.blob(named.sha256)
        const file = `blobs/${named.sha256}`
        blobs.set(
          named.sha256,
          bytes === undefined ? undefined : { sha256: named.sha256, size: bytes.length, mediaType: named.mediaType, file },
        )
        if (bytes !== undefined) yield* zip.member(file, bytes, PACKABLE.test(named.mediaType))
      }
      if (blobs.get(named.sha256) !== undefined) continue
      options.onLeft?.(id, { messageId: named.messageId, code: "bytes", what: `an attachment whose bytes are not here: ${named.name}` })
    }
    const native = exportNative(id, view)
    const bytes = encodeUtf8([...writeNativeFile([native])].join(""))
    const file = `conversations/${id}.json`
    const facts = { id, title: view.getTitle(), file, messages: native.messages.length, sha256: sha256Hex(bytes) }
    listed.push({ ...facts, ...(isEmpty({ ...card }) ? {} : { card }) })
    yield* zip.member(file, bytes, true)
  }
  const manifest = {
    format: BUNDLE_FORMAT,
    version: BUNDLE_VERSION,
    createdAt: new Date(options.createdAt).toISOString(),
    conversations: listed,
    blobs: [...blobs.values()].filter((blob) => blob !== undefined),
  }
  yield* zip.member(MANIFEST_FILE, encodeUtf8(`${JSON.stringify(manifest, null, 1)}\n`), true)
  yield* zip.end()
}

/** A conversation to be written. */
export interface BundleEntry {
  readonly id: string
  readonly view: ConversationView
  /** What the list says of it, see `bundledCard`. Without it a restored conversation stands in the list and in no folder. */
  readonly card?: ImportedCard
}

interface NamedFile {
  readonly messageId: string
  readonly sha256: string
  readonly name: string
  readonly mediaType: string
}

/** The attachments that a conversation names, those of deleted messages too, each once. */
function filesOf(view: ConversationView): Iterable<NamedFile> {
  const named = new Map<string, NamedFile>()
  for (const messageId of view.getTree().nodes.keys()) {
    for (const { fields } of view.getMessage(messageId)?.parts ?? []) {
      const { sha256, name, mediaType } = fields
      if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/u.test(sha256) || named.has(sha256)) continue
      const type = typeof mediaType === "string" ? mediaType : "application/octet-stream"
      named.set(sha256, { messageId, sha256, name: typeof name === "string" ? name : "file", mediaType: type })
    }
  }
  return named.values()
}
