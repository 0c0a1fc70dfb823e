/** y-leveldb's own declarations are not found by way of its `exports`. */
declare module "y-leveldb" {
  import type { Doc } from "yjs"

  export class LeveldbPersistence {
    constructor(location: string)
    getYDoc(documentId: string): Promise<Doc>
    storeUpdate(documentId: string, update: Uint8Array): Promise<number>
  }
}
