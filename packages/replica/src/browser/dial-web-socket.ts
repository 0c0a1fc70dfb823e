import type { Dial } from "@polylogue/protocol"
import { dialWith } from "../system/dial-with.ts"
import { page } from "./scope.ts"

/** Dials with the page's WebSocket. */
export const dialWebSocket: Dial = (url, protocols) => dialWith(page.WebSocket)(url, protocols)
