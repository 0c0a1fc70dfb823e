/**
 * How folders hang together. Two devices may each put one of two folders into the other, and parents arrive in any order, so:
 *
 * - a folder whose parent is not here shows at the root;
 * - a cycle is cut at its lowest id, which then shows at the root;
 * - what is in a deleted folder shows where that folder was;
 * - whatever the links say, every folder is in the forest once, and all readers of the same records build the same one.
 */
export interface Folder {
  readonly id: string
  readonly name: string
  /** The folder it shows in; null at the root. */
  readonly parentId: string | null
  readonly deletedAt: number | null
  /** Its place among those beside it, as text that sorts. */
  readonly order: string
}

/** All folders of a workspace; immutable, the same object until one of them changes. */
export interface FolderForest {
  /** The folders that are not deleted, by id. */
  readonly folders: ReadonlyMap<string, Folder>
  /** The deleted ones, latest first; `parentId` says where each would show again. */
  readonly deleted: readonly Folder[]
  /** The folders in a folder, in order; at the root for null. */
  readonly childrenOf: (id: string | null) => readonly Folder[]
  /** Where something shows that was put into folder `id`: there, or in what is left around it; null for the root. */
  readonly placeOf: (id: string | null) => string | null
  /** The folders from the root down to `id`, which comes last; empty for null and for what is no folder in the list. */
  readonly pathTo: (id: string | null) => readonly Folder[]
}

const NO_FOLDERS: readonly Folder[] = Object.freeze([])

/** Builds the forest of `stored`, by id, whose parents are as their registers say, without recursion. No id is the empty text. */
export function buildFolderForest(stored: ReadonlyMap<string, Folder>): FolderForest {
  const cut = findCuts(stored)
  const parentOf = (folder: Folder): string | null =>
    folder.parentId === null || cut.has(folder.id) || !stored.has(folder.parentId) ? null : folder.parentId
  const placeOf = (id: string | null): string | null => {
    let folder = id === null ? undefined : stored.get(id)
    while (folder !== undefined && folder.deletedAt !== null) folder = stored.get(parentOf(folder) ?? "")
    return folder?.id ?? null
  }
  const folders = new Map<string, Folder>()
  const deleted: Folder[] = []
  const children = new Map<string | null, Folder[]>()
  for (const folder of stored.values()) {
    const shown = Object.freeze({ ...folder, parentId: placeOf(parentOf(folder)) })
    if (folder.deletedAt !== null) deleted.push(shown)
    else {
      folders.set(shown.id, shown)
      const beside = children.get(shown.parentId)
      if (beside === undefined) children.set(shown.parentId, [shown])
      else beside.push(shown)
    }
  }
  for (const beside of children.values()) beside.sort(compareFolders)
  deleted.sort((left, right) => (right.deletedAt ?? 0) - (left.deletedAt ?? 0) || (left.id < right.id ? -1 : 1))
  const childrenOf = (id: string | null): readonly Folder[] => children.get(id) ?? NO_FOLDERS
  const pathTo = (id: string | null): readonly Folder[] => {
    const path: Folder[] = []
    for (let folder = folders.get(id ?? ""); folder !== undefined; folder = folders.get(folder.parentId ?? "")) path.push(folder)
    return path.reverse()
  }
  return Object.freeze({ folders, deleted, childrenOf, placeOf, pathTo })
}

/** Order of folders beside each other: where somebody put them, else by id. */
function compareFolders(left: Folder, right: Folder): number {
  if (left.order !== right.order) return left.order < right.order ? -1 : 1
  return left.id < right.id ? -1 : 1
}

/** The folder of each cycle of stored parents at which it is cut: its lowest id. */
export function findCuts(stored: ReadonlyMap<string, Folder>): Set<string> {
  const cuts = new Set<string>()
  const walkOf = new Map<string, number>()
  let walk = 0
  for (const start of stored.values()) {
    walk++
    let folder: Folder | undefined = start
    const trail: string[] = []
    while (folder !== undefined && !walkOf.has(folder.id)) {
      walkOf.set(folder.id, walk)
      trail.push(folder.id)
      folder = stored.get(folder.parentId ?? "")
    }
    // Meeting this walk's own trail is a cycle; an earlier walk's trail was looked at already.
    if (folder === undefined || walkOf.get(folder.id) !== walk) continue
    const cycle = trail.slice(trail.indexOf(folder.id))
    cuts.add(cycle.reduce((lowest, id) => (id < lowest ? id : lowest)))
  }
  return cuts
}
