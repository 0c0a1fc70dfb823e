import { ConversationError } from "../conversation-error.ts"
import { importedId } from "../identifier.ts"

/**
 * The id of the source that a file is: made of the hash of its bytes, so that one file added twice, or on two devices, is one source.
 * @param sha256 - of the file's bytes, 64 lower-case hexadecimal digits: the name of its blob.
 * @throws ConversationError `bad-id` for anything else.
 */
export function sourceIdOf(sha256: string): string {
  if (!/^[0-9a-f]{64}$/u.test(sha256)) throw new ConversationError("bad-id", "the hash of a file is 64 of 0-9 a-f")
  return importedId("source", sha256)
}
