import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { type BrowserContext, chromium, type Page } from "playwright"
import { browserLaunchOptions } from "../../scripts/browser.mjs"
import { writeConversation } from "./long/conversation-file.ts"
import { firstScreenMs, type Frames, traceFrames, watchFirstScreen } from "./long/frames.ts"
import { describeMachine } from "./machine.ts"
import { median } from "./statistics.ts"

/*
 *   npm run bench:long [-- --sizes 10000,50000] [-- --repetitions 5]
 *
 * A conversation of so many messages, made by our own importer, in the web app in a real Chromium: how long until its end is on screen, from the
 * relay on loopback and from a warm device store, and what the frames are like while one types, sends and scrolls up to its beginning.
 */

const PROGRAM = fileURLToPath(new URL("../../apps/polylogue/bin/polylogue.js", import.meta.url))
const ID = "long"
const TYPED = "typing in a long conversation is as quick as in a short one, whatever stands above it. "
/** Milliseconds between two keys: faster than anybody types. */
const KEY_MS = 30
const SENDS = 5
/** Pixels of one turn of the wheel, and how many turns there are at most. */
const WHEEL_PX = 2_400
const MAX_TURNS = 1_500

interface Measured {
  readonly relayMs: number
  readonly warmMs: readonly number[]
  readonly typing: Frames
  readonly sending: Frames
  readonly scrolling: Frames & { readonly turns: number; readonly reachedStart: boolean }
}

const { values } = parseArgs({
  options: { sizes: { type: "string", default: "10000,50000" }, repetitions: { type: "string", default: "5" } },
})
for (const size of values.sizes.split(",").map(Number)) console.log(`${describe(size, await measure(size, Number(values.repetitions)))}\n`)
console.log(describeMachine())

async function measure(size: number, repetitions: number): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), "polylogue-long-"))
  const data = join(folder, "data")
  const browser = await chromium.launch(browserLaunchOptions())
  try {
    await writeConversation(join(folder, "long.json"), ID, size)
    await run(["import", join(folder, "long.json"), "--data", data])
    const relay = await serve(data)
    try {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
      const measured = await inBrowser(context, relay.url, repetitions)
      await context.close()
      return measured
    } finally {
      relay.stop()
    }
  } finally {
    await browser.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function inBrowser(context: BrowserContext, url: string, repetitions: number): Promise<Measured> {
  const relay = await open(context, url)
  const relayMs = await firstScreenMs(relay)
  // The device store is warm once the page has come to rest.
  await settle(relay)
  await relay.close()
  const warmMs: number[] = []
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const page = await open(context, url)
    warmMs.push(await firstScreenMs(page))
    await page.close()
  }
  const page = await open(context, url)
  await firstScreenMs(page)
  await settle(page)
  const composer = page.getByTestId("composer")
  await composer.click()
  const typing = await traceFrames(page, () => page.keyboard.type(TYPED, { delay: KEY_MS }))
  const sending = await traceFrames(page, async () => {
    for (let sent = 0; sent < SENDS; sent++) {
      await page.keyboard.press("Enter")
      await page.keyboard.type("one more", { delay: KEY_MS })
    }
  })
  return { relayMs, warmMs, typing, sending, scrolling: await scrollUp(page) }
}

async function open(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage()
  await watchFirstScreen(page, "the last message")
  await page.goto(`${url}/#/c/${ID}`)
  return page
}

/** Waits until nothing more is fetched or written in the background. */
async function settle(page: Page): Promise<void> {
  await page.waitForTimeout(4_000)
}

async function scrollUp(page: Page): Promise<Measured["scrolling"]> {
  const box = await page.locator(".message-scroller").boundingBox()
  if (box !== null) await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  let turns = 0
  const first = page.locator('[data-message-id$="000000000000"]')
  const frames = await traceFrames(page, async () => {
    for (; turns < MAX_TURNS && (await first.count()) === 0; turns++) {
      await page.mouse.wheel(0, -WHEEL_PX)
      await page.waitForTimeout(16)
    }
  })
  return { ...frames, turns, reachedStart: (await first.count()) > 0 }
}

async function run(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ["ignore", "ignore", "inherit"] })
  const [code] = (await once(child, "close")) as [number | null]
  if (code !== 0) throw new Error(`polylogue ${args[0]} ended with ${code}`)
}

async function serve(data: string): Promise<{ readonly url: string; readonly stop: () => void }> {
  const child = spawn(process.execPath, [PROGRAM, "serve", "--port", "0", "--data", data, "--responder", "off"], {
    stdio: ["ignore", "pipe", "ignore"],
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /^polylogue ready (\S+)$/.exec(line)?.[1]
    if (url !== undefined) return { url, stop: () => void child.kill() }
  }
  throw new Error("the relay ended before it was ready")
}

function describe(size: number, { relayMs, warmMs, typing, sending, scrolling }: Measured): string {
  const ms = (value: number): string => `${Math.round(value)} ms`
  const frames = (traced: Frames): string =>
    `longest frame ${ms(traced.longestMs)}, ${traced.over50} of ${traced.frames} over 50 ms, longest task ${ms(traced.longestTaskMs)}`
  return [
    `${size.toLocaleString("en")} messages`,
    `  first screen from the relay   ${ms(relayMs)}`,
    `  first screen, warm            ${ms(median(warmMs))} (${ms(Math.min(...warmMs))} to ${ms(Math.max(...warmMs))})`,
    `  typing                        ${frames(typing)}`,
    `  sending                       ${frames(sending)}`,
    `  scrolling up                  ${frames(scrolling)}; ${scrolling.turns} turns, ${scrolling.reachedStart ? "to the beginning" : "not to the beginning"}`,
  ].join("\n")
}
