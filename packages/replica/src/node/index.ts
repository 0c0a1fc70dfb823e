export { dialWith, type WebSocketConstructor, type WebSocketLike } from "../system/dial-with.ts"
export { randomBytes } from "../system/random-bytes.ts"
export { systemClock } from "../system/system-clock.ts"
