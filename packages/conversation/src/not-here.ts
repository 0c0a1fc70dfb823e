import { ConversationError, type ConversationErrorCode } from "./conversation-error.ts"

/** What is said of something that is not in a document. */
export function notHere(code: ConversationErrorCode & `unknown-${string}`, what: string, id: string, where: string): ConversationError {
  return new ConversationError(code, `${what} ${JSON.stringify(id.slice(0, 80))} is not in ${where}, or has not arrived yet`)
}
