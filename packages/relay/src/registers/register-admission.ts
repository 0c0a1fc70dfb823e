import { type DocumentId, MAX_REGISTER_BYTES, MAX_REGISTER_TTL_MS, splitRegisterKey } from "@polylogue/protocol"
import { encodeUtf8 } from "lib0/string"
import type { Principal } from "../options.ts"
import type { RegisterChange } from "./attempts.ts"
import type { Asking, RegisterAnswer } from "./register.ts"

type Refused = Extract<RegisterAnswer, { outcome: "refused" }>

/** What may be asked for. */
export interface Admitted {
  readonly documentId: DocumentId
  readonly permission: Asking["permission"]
}

/** What names no register, or may not be read, is answered without being looked for: neither what is said nor how long it takes tells whether it is there. */
export function admitRegister(key: string, may: Principal["may"]): Admitted | Refused {
  const documentId = splitRegisterKey(key)?.documentId
  if (documentId === undefined) return { outcome: "refused", code: "bad-key" }
  const permission = may(documentId)
  return permission === "none" ? { outcome: "refused", code: "forbidden" } : { documentId, permission }
}

/** The same for a change, with the bytes of its value. */
export function admitChange(
  key: string,
  { value, ttlMs }: RegisterChange,
  may: Principal["may"],
): (Admitted & { readonly bytes: number }) | Refused {
  const admitted = admitRegister(key, may)
  if ("outcome" in admitted) return admitted
  const bytes = value === null ? 0 : encodeUtf8(value).length
  return bytes > MAX_REGISTER_BYTES || ttlMs > MAX_REGISTER_TTL_MS ? { outcome: "refused", code: "too-large" } : { ...admitted, bytes }
}
