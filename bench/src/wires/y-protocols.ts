import { messageYjsSyncStep1, messageYjsSyncStep2, messageYjsUpdate } from "y-protocols/sync"

/** The numbers of y-protocols' sync messages, and of the message that carries them in y-websocket. */
export const MESSAGE_SYNC = 0
export const STEP_1 = messageYjsSyncStep1
export const STEP_2 = messageYjsSyncStep2
export const UPDATE = messageYjsUpdate

/** The state vector of who has nothing. */
export const EMPTY_STATE_VECTOR = Uint8Array.of(0)
