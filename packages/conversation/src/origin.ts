/**
 * The origin of every transaction of this package: a tagged object, so that an observer can tell its own device's operations
 * from a provider's, and an `Y.UndoManager` can track them (`trackedOrigins: new Set([ConversationOrigin])`).
 */
export class ConversationOrigin {
  readonly package = "@polylogue/conversation"
  /** What was done: `send`, `append`, `import`, ... */
  readonly operation: string

  constructor(operation: string) {
    this.operation = operation
  }
}
