/** UTF-16 units of a pasted text above which a file is offered in its place. */
export const OFFERED_LENGTH = 8 * 1024
/** Units above which it becomes a file at once: a field with more makes every keystroke slow, and nobody reads a message of that size. */
export const FILE_LENGTH = 200_000

/** What becomes of what was pasted. */
export type Pasted =
  | { readonly kind: "files"; readonly files: readonly File[] }
  /** It is a file already. */
  | { readonly kind: "long"; readonly file: File }
  /** It goes into the field, and may become a file. */
  | { readonly kind: "offer"; readonly text: string }
  | { readonly kind: "plain" }

/** Reads a clipboard. A copied table or page brings a picture of itself along: where there is text, that is meant. */
export function readPaste(data: Pick<DataTransfer, "files" | "getData">): Pasted {
  const text = data.getData("text/plain")
  if (data.files.length > 0 && text === "") return { kind: "files", files: [...data.files].map(named) }
  if (text.length > FILE_LENGTH) return { kind: "long", file: textFile(text) }
  return text.length > OFFERED_LENGTH ? { kind: "offer", text } : { kind: "plain" }
}

/** A text as a file. */
export function textFile(text: string): File {
  return new File([text], "Pasted text.txt", { type: "text/plain" })
}

/** `text` without the first `pasted` in it; undefined when it is not there any more as it was pasted. */
export function withoutPasted(text: string, pasted: string): string | undefined {
  // A field has line feeds only.
  const words = pasted.replaceAll(/\r\n?/g, "\n")
  const at = text.indexOf(words)
  return at === -1 ? undefined : text.slice(0, at) + text.slice(at + words.length)
}

/** Browsers call every picture of the clipboard the same. */
function named(file: File): File {
  if (file.name !== "image.png") return file
  return new File([file], "Pasted picture.png", { type: file.type })
}
