import type * as Y from "yjs"
import { SCHEMA_VERSION } from "./conversation-layout.ts"
import { ConversationError } from "./conversation-error.ts"
import { isSegment } from "./document-id.ts"
import { buildFolderForest, findCuts, type Folder, type FolderForest } from "./folder-forest.ts"
import { mintId, type RandomBytes } from "./identifier.ts"
import { type Listener, Listeners } from "./listeners.ts"
import { orderBetween } from "./order-key.ts"
import { KeyIndex } from "./record-key.ts"
import { readRegister } from "./register.ts"
import { RegisterWriter, type RegisterWriterOptions } from "./register-writer.ts"
import { tidyName } from "./tag.ts"
import type { WorkspaceIndex } from "./workspace-index.ts"

/** Longest name of a folder in UTF-16 units. */
export const MAX_FOLDER_NAME_LENGTH = 100

const FOREST = "forest"

const ofIndex = new WeakMap<WorkspaceIndex, WorkspaceFolders>()

/** The folders that the cards of `index` may be put into, one object for each index; apart from it, so that a page that shows no list does without their code. */
export function workspaceFolders(index: WorkspaceIndex): WorkspaceFolders {
  let folders = ofIndex.get(index)
  if (folders === undefined) {
    folders = new WorkspaceFolders(index.ydoc, index.options)
    ofIndex.set(index, folders)
    index.whenDestroyed(() => folders?.destroy())
  }
  return folders
}

/**
 * The folders of a workspace's index: one top-level map `folders` with registers `<folder id>/<name, parent, order or deleted>/<writer>`. What
 * several devices do at the same time leads to one forest, the same for all; see {@link FolderForest}.
 */
export class WorkspaceFolders {
  readonly #ydoc: Y.Doc
  readonly #options: RegisterWriterOptions & { readonly randomBytes: RandomBytes }
  readonly #index: KeyIndex
  readonly #registers: RegisterWriter
  readonly #listeners = new Listeners()
  readonly #detach: (() => void)[]
  #forest: FolderForest | undefined
  #changed = false

  /** Attaches to `ydoc`, which stays the caller's. @throws TypeError when `options.writer` is not the name of a writer. */
  constructor(ydoc: Y.Doc, options: RegisterWriterOptions & { readonly randomBytes: RandomBytes }) {
    this.#ydoc = ydoc
    this.#options = options
    this.#registers = new RegisterWriter(ydoc, options)
    const folders = ydoc.getMap<unknown>("folders")
    this.#index = new KeyIndex(folders)
    const observer = (event: Y.YMapEvent<unknown>): void => {
      for (const key of event.keysChanged) this.#index.add(key)
      this.#forest = undefined
      this.#changed = true
    }
    const flush = (): void => {
      if (!this.#changed) return
      this.#changed = false
      this.#listeners.notify(FOREST)
    }
    folders.observe(observer)
    ydoc.on("afterTransaction", flush)
    this.#detach = [(): void => folders.unobserve(observer), (): void => ydoc.off("afterTransaction", flush)]
  }

  /** All folders and how they hang together; the same object until one changes. Within a caller's own transaction the state before it. */
  getForest(): FolderForest {
    this.#forest ??= buildFolderForest(this.#stored())
    return this.#forest
  }

  /** Calls `listener` after each transaction that changed a folder. Returns the unsubscription. */
  subscribe(listener: Listener): () => void {
    return this.#listeners.add(FOREST, listener)
  }

  /**
   * Makes a folder, the last one in `parentId`, and returns its id.
   * @throws RangeError unless the name, tidied, has 1 to {@link MAX_FOLDER_NAME_LENGTH} characters. ConversationError `unknown-folder` for the parent.
   */
  create(name: string, parentId: string | null = null): string {
    const tidy = checkName(name)
    if (parentId !== null) this.#known(parentId)
    const { now, randomBytes } = this.#options
    const id = mintId(now(), randomBytes)
    const last = this.getForest().childrenOf(parentId).at(-1)
    const order = orderBetween(last?.order ?? null, null, randomBytes)
    this.#registers.transact("create-folder", () => {
      const meta = this.#ydoc.getMap<unknown>("meta")
      if (meta.get("schema") === undefined) meta.set("schema", SCHEMA_VERSION)
      this.#set("create-folder", id, "name", tidy)
      this.#set("create-folder", id, "parent", parentId)
      this.#set("create-folder", id, "order", order)
    })
    return id
  }

  /**
   * Gives a folder another name.
   * @throws RangeError unless the name, tidied, has 1 to {@link MAX_FOLDER_NAME_LENGTH} characters. ConversationError `unknown-folder`.
   */
  rename(id: string, name: string): void {
    const tidy = checkName(name)
    if (this.#known(id).name !== tidy) this.#set("rename-folder", id, "name", tidy)
  }

  /**
   * Puts a folder into another one, or with null at the root: before folder `beforeId` there, else last. What is in it goes along, and nothing else
   * moves: where a cycle was cut, the folder that shows at the root for it is put there.
   * @throws ConversationError `unknown-folder`; `folder-cycle` when `parentId` is the folder itself or in it.
   */
  move(id: string, parentId: string | null, beforeId: string | null = null): void {
    this.#known(id)
    const forest = this.getForest()
    if (parentId !== null && !forest.folders.has(parentId)) throw unknownFolder(parentId)
    if (forest.pathTo(parentId).some((folder) => folder.id === id))
      throw new ConversationError("folder-cycle", `folder ${id} cannot be put into ${parentId}, which is in it`)
    const beside = forest.childrenOf(parentId).filter((folder) => folder.id !== id)
    const at = beside.findIndex((folder) => folder.id === beforeId)
    const [before, after] = at === -1 ? [beside.at(-1), undefined] : [beside[at - 1], beside[at]]
    const order = orderBetween(before?.order ?? null, after?.order ?? null, this.#options.randomBytes)
    const cut = this.#cutAbove(id)
    this.#registers.transact("move-folder", () => {
      if (cut !== undefined && cut !== id) this.#set("move-folder", cut, "parent", null)
      this.#set("move-folder", id, "parent", parentId)
      this.#set("move-folder", id, "order", order)
    })
  }

  /** Marks a folder as deleted: what is in it shows where it was, and `restore` brings it back around the same. @throws ConversationError `unknown-folder`. */
  delete(id: string): void {
    this.#known(id)
    this.#set("delete-folder", id, "deleted", true)
  }

  /** @throws ConversationError `unknown-folder`. */
  restore(id: string): void {
    this.#known(id)
    this.#set("restore-folder", id, "deleted", false)
  }

  /** Detaches from the Y.Doc and forgets all listeners. Idempotent. */
  destroy(): void {
    for (const detach of this.#detach.splice(0)) detach()
    this.#listeners.clear()
  }

  #set(operation: string, id: string, field: string, value: unknown): void {
    this.#registers.set(operation, this.#index, [id, field], value)
  }

  /** Where the stored parents of a folder are cut, if they lead into a cycle. */
  #cutAbove(id: string): string | undefined {
    const stored = this.#stored()
    const cuts = findCuts(stored)
    for (let folder = stored.get(id), steps = 0; folder !== undefined && steps <= stored.size; steps++) {
      if (cuts.has(folder.id)) return folder.id
      folder = stored.get(folder.parentId ?? "")
    }
    return undefined
  }

  #known(id: string): Folder {
    const folder = isSegment(id) ? this.#read(id) : undefined
    if (folder === undefined) throw unknownFolder(id)
    return folder
  }

  #stored(): ReadonlyMap<string, Folder> {
    const stored = new Map<string, Folder>()
    for (const id of this.#index.owners()) {
      const folder = isSegment(id) ? this.#read(id) : undefined
      if (folder !== undefined) stored.set(id, folder)
    }
    return stored
  }

  /** A folder as its registers say; one without a name is none, for its name may come after what is said about it. */
  #read(id: string): Folder | undefined {
    const name = readRegister(this.#index, id, "name")[0]?.value
    if (typeof name !== "string" || name.trim() === "") return undefined
    const parent = readRegister(this.#index, id, "parent")[0]?.value
    const order = readRegister(this.#index, id, "order")[0]?.value
    const deleted = readRegister(this.#index, id, "deleted")[0]
    return {
      id,
      name: name.slice(0, MAX_FOLDER_NAME_LENGTH),
      parentId: typeof parent === "string" ? parent : null,
      deletedAt: deleted?.value === true ? deleted.clock : null,
      order: typeof order === "string" ? order : "",
    }
  }
}

function checkName(name: string): string {
  const tidy = tidyName(name)
  if (tidy === "" || tidy.length > MAX_FOLDER_NAME_LENGTH)
    throw new RangeError(`the name of a folder has 1 to ${MAX_FOLDER_NAME_LENGTH} characters, not ${tidy.length}`)
  return tidy
}

function unknownFolder(id: string): ConversationError {
  const shown = JSON.stringify(id.slice(0, 80))
  return new ConversationError("unknown-folder", `folder ${shown} is not in this index, or has not arrived yet`)
}
