import { type BlobProblem, useBlob, usePolylogue } from "@polylogue/react"
import { useState } from "react"
import { downloadBytes } from "../../export/download.ts"
import { Icon } from "../../frame/icon.tsx"
import type { FileFields } from "./file-fields.ts"
import { fileKind, fileSize, MISSING_WORDS } from "./file-words.ts"
import { UploadNote } from "./upload-note.tsx"

/** Files up to this size come to the device when they are first seen, to be there without a network; larger ones when they are asked for. */
const FETCHED_BYTES = 8_000_000

/** A file by name and size, to be kept by the browser; never opened as a page. */
export function FileRow({ file }: { readonly file: FileFields }) {
  const { sha256, url, name, mediaType, size } = file
  const small = sha256 !== undefined && size !== undefined && size <= FETCHED_BYTES
  const blob = useBlob(small ? sha256 : undefined)
  const facts = [fileKind(mediaType, name), ...(size === undefined ? [] : [fileSize(size)])].join(", ")
  return (
    <div className="file-row" data-testid="file">
      <Icon name="file" size={20} />
      <span className="file-words">
        <bdi className="file-name" title={name}>
          {name}
        </bdi>
        <span className="file-facts">
          {facts}
          {sha256 === undefined && url === undefined && ". Its bytes were not in what was imported."}
        </span>
        {blob.state === "missing" && (
          <span className="file-facts" role="status">
            {MISSING_WORDS[blob.problem]}
          </span>
        )}
        <UploadNote sha256={sha256} />
      </span>
      {sha256 !== undefined ? (
        <Download sha256={sha256} name={name} bytes={blob.state === "here" ? blob.bytes : undefined} />
      ) : (
        url !== undefined && (
          <a className="button" href={url} target="_blank" rel="noopener noreferrer nofollow">
            Open at {new URL(url).host}
          </a>
        )
      )}
    </div>
  )
}

interface DownloadProps {
  readonly sha256: string
  readonly name: string
  /** Its bytes, where they are in memory. */
  readonly bytes?: Uint8Array | undefined
}

/** Brings a file out of the page, from the relay where the device has not got it. */
export function Download({ sha256, name, bytes }: DownloadProps) {
  const { replica, workspace } = usePolylogue()
  const [state, setState] = useState<"idle" | "fetching" | BlobProblem>("idle")
  const fetchIt = async (): Promise<void> => {
    // Not disabled meanwhile: that would take the focus away.
    if (state === "fetching") return
    setState("fetching")
    try {
      downloadBytes(bytes ?? (await replica.blobs.get(workspace, sha256)), name)
      setState("idle")
    } catch (error) {
      const code = (error as { code?: unknown } | null)?.code
      setState(typeof code === "string" && code in MISSING_WORDS ? (code as BlobProblem) : "failed")
    }
  }
  const words = state === "idle" ? "Download" : state === "fetching" ? "Fetching" : MISSING_WORDS[state]
  return (
    <span className="file-download">
      <button
        type="button"
        className="icon-button"
        aria-label={`Download ${name}`}
        title={words}
        aria-busy={state === "fetching"}
        onClick={() => void fetchIt()}
      >
        <Icon name="export" />
      </button>
      <span className={state === "idle" || state === "fetching" ? "visually-hidden" : "file-facts"} role="status">
        {state === "idle" ? "" : words}
      </span>
    </span>
  )
}
