import { type DocumentId, isDocumentId } from "./ids.ts"

/** Names a register of the authority: `<documentId>#<name>`. Who may read or write the document may read or set it. */
export type RegisterKey = string

/** Longest name of a register within its document, in characters; all of them are ASCII. */
export const MAX_REGISTER_NAME_LENGTH = 1_000

/** What `encodeURIComponent` leaves or writes, and `/`: so that any text can be made part of a name. */
const NAME = /^[A-Za-z0-9._~%/!'()*-]+$/

/** The two parts of a register's key. */
export interface RegisterPlace {
  readonly documentId: DocumentId
  readonly name: string
}

/**
 * The key of the register `name` of a document.
 * @throws TypeError unless `documentId` is one, and `name` 1 to {@link MAX_REGISTER_NAME_LENGTH} characters `A-Z a-z 0-9 . _ ~ - / % ! ' ( ) *`.
 */
export function registerKey(documentId: DocumentId, name: string): RegisterKey {
  const key = `${documentId}#${name}`
  if (splitRegisterKey(key) === undefined) throw new TypeError(`${JSON.stringify(key)} names no register`)
  return key
}

/** The document and the name of the register at `key`; `undefined` when it is no key. A document id has no `#`, a name neither. */
export function splitRegisterKey(key: string): RegisterPlace | undefined {
  const mark = key.indexOf("#")
  if (mark < 0) return undefined
  const documentId = key.slice(0, mark)
  const name = key.slice(mark + 1)
  return isDocumentId(documentId) && name.length <= MAX_REGISTER_NAME_LENGTH && NAME.test(name) ? { documentId, name } : undefined
}
