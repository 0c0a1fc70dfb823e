import { plainName } from "./plain-name.ts"

/** A file as a part names it, checked: all of it was written by others. */
export interface FileFields {
  /** The name of its bytes; undefined where the part has none. */
  readonly sha256: string | undefined
  /** Where the source of an import had it; http or https only. */
  readonly url: string | undefined
  readonly name: string
  readonly mediaType: string
  readonly size: number | undefined
  /** Decoded size in pixels, where both are known and possible. */
  readonly pixels: { readonly width: number; readonly height: number } | undefined
}

/** Formats that a browser decodes to pixels and nothing else. An SVG or HTML file is a document that may run and load things: it is only ever downloaded. */
const PICTURES: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"])
const HASH = /^[0-9a-f]{64}$/
const MEDIA_TYPE = /^[a-z]+\/[a-z0-9.+-]{1,100}$/
const MAX_PIXELS = 65_535

/** Reads what a `file` part says. */
export function readFile(fields: Readonly<Record<string, unknown>>): FileFields {
  const { sha256, url, name, mediaType, size, width, height } = fields
  const type = typeof mediaType === "string" ? mediaType.toLowerCase() : ""
  return {
    sha256: typeof sha256 === "string" && HASH.test(sha256) ? sha256 : undefined,
    url: webAddress(url)?.href,
    name: plainName(name),
    mediaType: MEDIA_TYPE.test(type) ? type : "application/octet-stream",
    size: isCount(size) ? size : undefined,
    pixels: isCount(width) && isCount(height) && isSide(width) && isSide(height) ? { width, height } : undefined,
  }
}

/** Whether a file of this type is shown as a picture. */
export function isPicture(mediaType: string): boolean {
  return PICTURES.has(mediaType)
}

/** `value` as an address of the web; undefined for anything else, scripts and data among it. */
export function webAddress(value: unknown): URL | undefined {
  if (typeof value !== "string" || value.length > 4_000 || !URL.canParse(value)) return undefined
  const url = new URL(value)
  return url.protocol === "https:" || url.protocol === "http:" ? url : undefined
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
}

function isSide(value: number): boolean {
  return value >= 1 && value <= MAX_PIXELS
}
