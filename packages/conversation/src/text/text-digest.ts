import { hexHash } from "../content-hash.ts"

/** What is noted of a text to tell later whether it is the same; 16 hexadecimal digits. */
export function textDigest(text: string): string {
  return hexHash(text).slice(0, 16)
}
