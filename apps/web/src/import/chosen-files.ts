/** A way to a file that outlives the page, where the browser has such. Named here because not all libraries of types know it. */
interface PermittedHandle extends FileSystemFileHandle {
  queryPermission?(options: { readonly mode: "read" }): Promise<PermissionState>
  requestPermission?(options: { readonly mode: "read" }): Promise<PermissionState>
}

const handles = new WeakMap<File, Promise<FileSystemFileHandle | undefined>>()

/** Whether the browser lets a person choose files so that they can be found again. */
export function mayPickHandles(): boolean {
  return "showOpenFilePicker" in window
}

/** Lets the person choose files; none when they change their mind. */
export async function pickFiles(): Promise<readonly File[]> {
  const picker = window as unknown as { showOpenFilePicker(options: object): Promise<FileSystemFileHandle[]> }
  try {
    const picked = await picker.showOpenFilePicker({ multiple: true })
    return await Promise.all(
      picked.map(async (handle) => {
        const file = await handle.getFile()
        handles.set(file, Promise.resolve(handle))
        return file
      }),
    )
  } catch (error) {
    if ((error as { name?: unknown }).name === "AbortError") return []
    throw error
  }
}

/** The files that were dropped. Must be called within the event: what was dropped is out of reach after it. */
export function droppedFiles(transfer: DataTransfer | null): readonly File[] {
  const items = [...(transfer?.items ?? [])].filter(({ kind }) => kind === "file")
  return items.flatMap((item) => {
    const file = item.getAsFile()
    if (file === null) return []
    if ("getAsFileSystemHandle" in item) handles.set(file, droppedHandle(item as HandleItem))
    return [file]
  })
}

interface HandleItem {
  getAsFileSystemHandle(): Promise<FileSystemHandle | null>
}

async function droppedHandle(item: HandleItem): Promise<FileSystemFileHandle | undefined> {
  try {
    const handle = await item.getAsFileSystemHandle()
    return handle?.kind === "file" ? (handle as FileSystemFileHandle) : undefined
  } catch {
    return undefined
  }
}

/** The way to a file that was chosen or dropped, where the browser gave one. */
export async function handleOf(file: File): Promise<FileSystemFileHandle | undefined> {
  return handles.get(file)
}

/** The file behind `handle`, asking the person if the browser wants that; `undefined` when it is gone or they refuse. Call it in their click. */
export async function fileOf(handle: FileSystemFileHandle): Promise<File | undefined> {
  try {
    const permitted = handle as PermittedHandle
    const granted = (await permitted.queryPermission?.({ mode: "read" })) ?? "granted"
    if (granted !== "granted" && (await permitted.requestPermission?.({ mode: "read" })) !== "granted") return undefined
    return await handle.getFile()
  } catch {
    return undefined
  }
}
