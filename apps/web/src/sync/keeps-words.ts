import type { Keeps } from "@polylogue/replica"

/**
 * How long this device keeps what it stores. `persistent` is the browser's promise not to clear it by itself; without that promise no more is
 * said than where it is: the browser may clear it, and no page can tell for sure that it is in a private window.
 */
export function keepsWords(keeps: Keeps, persistent: boolean | undefined): string {
  if (keeps === "tab") return "Only as long as this tab is open"
  if (keeps === "window") return "Until this private window closes"
  return persistent === true ? "Until you clear this site’s data" : "As long as the browser keeps this site’s data"
}
