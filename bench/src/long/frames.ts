import type { Page } from "playwright"

/** What a stretch of time was like for the eye. */
export interface Frames {
  /** Longest time between two frames, in ms. */
  readonly longestMs: number
  /** Times between two frames of more than 50 ms. */
  readonly over50: number
  /** Longest task of the main thread over 50 ms, in ms; 0 for none. */
  readonly longestTaskMs: number
  readonly frames: number
}

interface Trace {
  readonly gaps: number[]
  readonly tasks: number[]
  stop: () => void
}

declare global {
  var polylogueTrace: Trace | undefined
  var polylogueFirstScreenMs: number | undefined
}

/** Has each page of a context note when a text first stands in it, in ms since the navigation began. To be called before the page is opened. */
export async function watchFirstScreen(page: Page, text: string): Promise<void> {
  await page.addInitScript((wanted) => {
    const look = (): void => {
      const rows = [...document.querySelectorAll("[data-message-id]")]
      if (!rows.some((row) => row.textContent.includes(wanted))) return
      observer.disconnect()
      // The next frame is the one that shows it.
      requestAnimationFrame(() => (globalThis.polylogueFirstScreenMs = performance.now()))
    }
    const observer = new MutationObserver(look)
    observer.observe(document, { childList: true, subtree: true, characterData: true })
  }, text)
}

/** When the text stood on screen, in ms since the navigation began. */
export async function firstScreenMs(page: Page): Promise<number> {
  const handle = await page.waitForFunction(() => globalThis.polylogueFirstScreenMs, undefined, { timeout: 60_000 })
  return Number(await handle.jsonValue())
}

/** Traces frames and long tasks while `act` runs. */
export async function traceFrames(page: Page, act: () => Promise<void>): Promise<Frames> {
  await page.evaluate(() => {
    const gaps: number[] = []
    const tasks: number[] = []
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) tasks.push(entry.duration)
    })
    observer.observe({ type: "longtask" })
    let last = performance.now()
    let running = true
    const frame = (now: number): void => {
      gaps.push(now - last)
      last = now
      if (running) requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
    const stop = (): void => {
      running = false
      for (const entry of observer.takeRecords()) tasks.push(entry.duration)
      observer.disconnect()
    }
    globalThis.polylogueTrace = { gaps, tasks, stop }
  })
  await act()
  return page.evaluate(() => {
    const { gaps = [], tasks = [], stop } = globalThis.polylogueTrace ?? {}
    stop?.()
    // The first gap is the time until the trace began.
    const between = gaps.slice(1)
    return {
      longestMs: Math.max(0, ...between),
      over50: between.filter((gap) => gap > 50).length,
      longestTaskMs: Math.max(0, ...tasks),
      frames: between.length,
    }
  })
}
