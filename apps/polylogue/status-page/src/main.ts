import { html, patch } from "./element.ts"
import { pageOf } from "./page.ts"
import type { StatusAnswer } from "./status-answer.ts"

/*
 *   asking ──answer──> shown ──a while, and visible──> asking
 *     │ 401, 403                        ^
 *     └──> asks for a token ──given─────┘     out of reach: what was shown stays, with its age
 *
 * The token stays in this tab: it is the operator's.
 */

const REFRESH_MS = 2_000
const PATIENCE_MS = 10_000
const TOKEN = "polylogue-operator-token"
/** Widths of the page as its style has them: what stands beside pictures on a phone, on a wider screen, and between two columns. */
const PHONE = { below: 600, margins: 32 }
const MARGINS = 64
const LEAST_WIDTH = 240
const COLUMNS = { from: 960, most: 1280, gap: 48 }

const place = document.getElementById("status")!
const shown = { at: 0, status: undefined as StatusAnswer | undefined }
let timer: ReturnType<typeof setTimeout> | undefined

takeTokenOfAddress()
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") void refresh()
})
addEventListener("resize", () => {
  if (shown.status !== undefined) show(shown.status)
})
void refresh()

async function refresh(): Promise<void> {
  clearTimeout(timer)
  timer = undefined
  try {
    const token = sessionStorage.getItem(TOKEN)
    const answer = await fetch("/status.json", {
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE_MS),
      headers: token === null ? {} : { Authorization: `Bearer ${token}` },
    })
    if (answer.status === 401 || answer.status === 403) return askForToken((await answer.text()).trim(), token !== null)
    if (!answer.ok) throw new Error(`status ${answer.status}`)
    shown.status = (await answer.json()) as StatusAnswer
    shown.at = Date.now()
    show(shown.status)
  } catch {
    // The relay may be gone, or starting: what was shown stays, and says how old it is.
    showAge()
  }
  if (document.visibilityState === "visible") timer = setTimeout(() => void refresh(), REFRESH_MS)
}

function show(status: StatusAnswer): void {
  put(pageOf(status, widthOfPictures(document.documentElement.clientWidth)))
  document.title = `${status.name === "" ? "Relay" : status.name}: status`
}

function widthOfPictures(room: number): number {
  if (room < PHONE.below) return Math.max(LEAST_WIDTH, room - PHONE.margins)
  if (room < COLUMNS.from) return room - MARGINS
  return Math.floor((Math.min(room, COLUMNS.most) - MARGINS - COLUMNS.gap) / 2)
}

function showAge(): void {
  const words =
    shown.at === 0 ? "The relay does not answer." : `The relay does not answer. This is how it was ${seconds(Date.now() - shown.at)} ago.`
  const note = html("p", { class: "summary tone-danger age", role: "status" }, words)
  const known = place.querySelector(".age")
  if (known !== null) patch(known, note)
  else place.prepend(note)
}

function seconds(ms: number): string {
  return `${Math.max(1, Math.round(ms / 1_000))} s`
}

function askForToken(why: string, given: boolean): void {
  sessionStorage.removeItem(TOKEN)
  const field = html("input", { id: "token", type: "password", autocomplete: "off", spellcheck: "false", required: "" })
  const form = html(
    "form",
    { class: "page token" },
    html("h1", {}, "Relay status"),
    html(
      "p",
      {},
      "The status is its operator’s. A token is made beside the relay: ",
      html("code", {}, "polylogue token --operator --user <name>"),
    ),
    given ? html("p", { class: "summary tone-danger", role: "alert" }, why) : undefined,
    html("label", { for: "token" }, "The operator’s token"),
    field,
    html("button", { type: "submit" }, "Show the status"),
  )
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    sessionStorage.setItem(TOKEN, (field as HTMLInputElement).value.trim())
    void refresh()
  })
  place.replaceChildren(form)
  field.focus()
}

/** `/status#token=…`: what follows `#` is sent nowhere, and taken out of the address, which is copied and kept. */
function takeTokenOfAddress(): void {
  const token = new URLSearchParams(location.hash.slice(1)).get("token")
  if (token === null) return
  sessionStorage.setItem(TOKEN, token)
  history.replaceState(null, "", location.pathname)
}

function put(page: HTMLElement): void {
  const known = place.firstElementChild
  if (place.childElementCount === 1 && known instanceof HTMLDivElement) patch(known, page)
  else place.replaceChildren(page)
}
