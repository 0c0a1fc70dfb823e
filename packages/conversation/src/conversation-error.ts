/**
 * What can be wrong with what came from outside. Codes are API, texts are not.
 *
 * - `unknown-message`: the message is not in this document (it may not have arrived yet);
 * - `not-writable`: the message is an imported value, which nobody edits; the round is blind, and judged elsewhere;
 * - `not-waiting`: the part is no call of a tool that waits: it was not asked, has been denied, or has ended;
 * - `unknown-folder`: the folder is not in this index (it may not have arrived yet);
 * - `folder-cycle`: a folder cannot be put into itself or into what is in it;
 * - `unknown-draft`, `unknown-slot`, `unknown-version`, `unknown-thread`, `unknown-comment`: likewise, of a prompt;
 * - `erased`: the source was erased for good;
 * - `unknown-citation`: likewise, of a message;
 * - `not-author`: somebody else wrote the comment, or made the note;
 * - `unknown-correction`: likewise, of an answer;
 * - `not-author`: somebody else wrote the comment;
 * - `bad-label`: a text that cannot be the label of a prompt, or a reserved one;
 * - `bad-name`: a text that cannot be the name under which a prompt is published;
 * - `bad-id`: an id from outside does not have the form of one;
 * - `bad-update`: bytes that Yjs cannot read;
 * - `bad-encoding`: bytes that are not UTF-8 text;
 * - `too-large`: above a limit that the message names.
 */
export type ConversationErrorCode =
  | "unknown-message"
  | "not-writable"
  | "not-waiting"
  | "unknown-folder"
  | "folder-cycle"
  | "unknown-draft"
  | "unknown-slot"
  | "unknown-version"
  | "unknown-thread"
  | "unknown-comment"
  | "erased"
  | "unknown-citation"
  | "unknown-correction"
  | "not-author"
  | "bad-label"
  | "bad-name"
  | "bad-id"
  | "bad-update"
  | "bad-encoding"
  | "too-large"

/** An expected failure of this package; recognise it by `code`. */
export class ConversationError extends Error {
  override readonly name = "ConversationError"
  readonly code: ConversationErrorCode

  constructor(code: ConversationErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}
