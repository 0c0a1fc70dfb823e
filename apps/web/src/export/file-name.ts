import { cutText } from "../conversation-list/card-text.ts"

/** A file name from a title: what file systems do not take becomes a dash. */
export function fileName(title: string): string {
  const name = cutText(title.replace(/[\p{Control}\\/:*?"<>|]+/gu, "-"), 80)
    .trim()
    .replace(/^\.+|\.+$/g, "")
  return name === "" ? "conversation" : name
}
