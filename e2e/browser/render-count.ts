import type { Page } from "@playwright/test"

/** What a page did while it was watched. */
export interface Renders {
  /** How often each message was rendered anew, by its id. That one comes onto the page, because the list moved, is not counted. */
  readonly rows: Readonly<Record<string, number>>
  /** Most messages rendered anew in one commit. */
  readonly mostAtOnce: number
  /** Longest time between two frames, in ms. */
  readonly longestFrameMs: number
  /** Tasks of the main thread above 50 ms. */
  readonly longTasks: number
}

interface Fiber {
  readonly tag: number
  readonly flags: number
  readonly alternate: Fiber | null
  readonly child: Fiber | null
  readonly sibling: Fiber | null
  readonly memoizedProps: { readonly entry?: { readonly id?: unknown }; readonly place?: unknown } | null
}

/**
 * Counts in the built app which messages React renders. To be called before the page is opened. React tells the developer tools of every commit, in
 * the released build too; what ran in it carries a flag, and what was left alone is not looked at.
 */
export async function countRenders(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const [FUNCTION, SIMPLE_MEMO, PERFORMED_WORK] = [0, 15, 1]
    const counted = { rows: {} as Record<string, number>, mostAtOnce: 0, longestFrameMs: 0, longTasks: 0 }
    const rendered = (next: Fiber, before: Fiber | null, found: string[]): void => {
      const id = next.memoizedProps?.entry?.id
      const isRow = (next.tag === FUNCTION || next.tag === SIMPLE_MEMO) && typeof id === "string" && next.memoizedProps?.place !== undefined
      if (isRow && before !== null && (next.flags & PERFORMED_WORK) !== 0) found.push(id)
      if (before !== null && next.child === before.child) return
      for (let child = next.child; child !== null; child = child.sibling) rendered(child, child.alternate, found)
    }
    Object.assign(globalThis, {
      polylogueRenders: counted,
      __REACT_DEVTOOLS_GLOBAL_HOOK__: {
        supportsFiber: true,
        inject: () => 1,
        checkDCE: () => {},
        onCommitFiberUnmount: () => {},
        onPostCommitFiberRoot: () => {},
        onCommitFiberRoot: (_id: number, root: { readonly current: Fiber }) => {
          const found: string[] = []
          rendered(root.current, root.current.alternate, found)
          counted.mostAtOnce = Math.max(counted.mostAtOnce, found.length)
          for (const id of found) counted.rows[id] = (counted.rows[id] ?? 0) + 1
        },
      },
    })
    new PerformanceObserver((list) => {
      counted.longTasks += list.getEntries().length
    }).observe({ type: "longtask" })
    let last = performance.now()
    const frame = (now: number): void => {
      counted.longestFrameMs = Math.max(counted.longestFrameMs, now - last)
      last = now
      requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
  })
}

/** What was counted since the last call. */
export async function takeRenders(page: Page): Promise<Renders> {
  return page.evaluate(() => {
    const { polylogueRenders: counted } = globalThis as unknown as { polylogueRenders: Renders }
    const taken = { ...counted }
    Object.assign(counted, { rows: {}, mostAtOnce: 0, longestFrameMs: 0, longTasks: 0 })
    return taken
  })
}
