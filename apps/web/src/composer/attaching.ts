import type { NewPart } from "@polylogue/conversation"
import type { ReplicaBlobs } from "@polylogue/replica"
import { isPicture, readFile } from "../conversation/parts/file-fields.ts"

/** Puts a file on the device's shelf and says what goes into the message: its name, type and size, and of a picture how large it is. */
export async function fileAsPart(blobs: ReplicaBlobs, workspace: string, file: File): Promise<NewPart> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  const { name, mediaType } = readFile({ name: file.name, mediaType: file.type.split(";")[0] })
  const pixels = isPicture(mediaType) ? await pixelsOf(file) : undefined
  const sha256 = await blobs.put(workspace, bytes)
  return { type: "file", sha256, name, mediaType, size: bytes.length, ...pixels }
}

async function pixelsOf(file: File): Promise<{ readonly width: number; readonly height: number } | undefined> {
  try {
    // As it is shown: turned the way its camera noted.
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" })
    const { width, height } = bitmap
    bitmap.close()
    return { width, height }
  } catch {
    // Not a picture that this browser decodes: it is attached all the same, as what it is.
    return undefined
  }
}
