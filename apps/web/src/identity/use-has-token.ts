import { useStored } from "../device/stored-value.ts"
import { readToken, TOKEN_KEY } from "./access.ts"

/** Whether this device has a token; renders again when it changes, in this tab or another. */
export function useHasToken(): boolean {
  useStored(TOKEN_KEY)
  return readToken() !== ""
}
