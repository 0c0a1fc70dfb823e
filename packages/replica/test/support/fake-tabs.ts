import type { Tabs } from "../../src/index.ts"

interface Request {
  readonly tab: FakeTab
  granted(): void
  lost(): void
}

/** The tabs of one store: a lock with a queue, and messages. */
export class FakeTabs {
  readonly tabs: FakeTab[] = []
  holder: Request | undefined
  readonly waiting: Request[] = []
  /** All messages that were posted. */
  readonly posted: unknown[] = []

  /** Messages are lost from now on. */
  lossy = false

  /** A tab's process is gone: its lock falls to the next. */
  leave(tab: FakeTab): void {
    this.tabs.splice(this.tabs.indexOf(tab), 1)
    tab.freeze()
    const { waiting } = this
    for (const request of waiting.filter((candidate) => candidate.tab === tab)) waiting.splice(waiting.indexOf(request), 1)
    if (this.holder?.tab !== tab) return
    this.holder = undefined
    const next = waiting.shift()
    if (next !== undefined) this.grant(next)
  }

  tab(): FakeTab {
    const tab = new FakeTab(this)
    this.tabs.push(tab)
    return tab
  }

  request(request: Request, steal: boolean): () => void {
    if (steal && this.holder !== undefined) {
      const robbed = this.holder
      this.holder = undefined
      robbed.tab.call(() => robbed.lost())
    }
    if (this.holder === undefined) this.grant(request)
    else this.waiting.push(request)
    return () => {
      const index = this.waiting.indexOf(request)
      if (index >= 0) this.waiting.splice(index, 1)
      if (this.holder !== request) return
      this.holder = undefined
      const next = this.waiting.shift()
      if (next !== undefined) this.grant(next)
    }
  }

  grant(request: Request): void {
    this.holder = request
    request.tab.call(() => request.granted())
  }
}

/** One tab. A frozen one hears nothing and keeps its lock; what it should have heard comes when it is thawed. */
export class FakeTab implements Tabs {
  isVisible = true
  readonly #tabs: FakeTabs
  #handler: ((message: unknown) => void) | undefined
  #frozen: (() => void)[] | undefined

  constructor(tabs: FakeTabs) {
    this.#tabs = tabs
  }

  call(action: () => void): void {
    if (this.#frozen !== undefined) this.#frozen.push(action)
    else void Promise.resolve().then(action)
  }

  freeze(): void {
    this.#frozen ??= []
  }

  thaw(): void {
    const actions = this.#frozen ?? []
    this.#frozen = undefined
    for (const action of actions) action()
  }

  get frozen(): boolean {
    return this.#frozen !== undefined
  }

  lead(request: { readonly steal: boolean; granted(): void; lost(): void }): () => void {
    return this.#tabs.request({ tab: this, granted: () => request.granted(), lost: () => request.lost() }, request.steal)
  }

  post(message: unknown): void {
    this.#tabs.posted.push(message)
    if (this.#tabs.lossy) return
    const copy = structuredClone(message)
    for (const tab of this.#tabs.tabs) if (tab !== this) tab.call(() => tab.#handler?.(copy))
  }

  listen(handler: (message: unknown) => void): () => void {
    this.#handler = handler
    return () => {
      this.#handler = undefined
    }
  }

  visible(): boolean {
    return this.isVisible
  }
}
