/**
 * Why a command ends without having done its work:
 * - `usage`: what was asked for is wrong (a flag, a file, an address); exit code 2.
 * - `failure`: what was asked for is right and could not be done; exit code 1.
 */
export type CommandErrorCode = "usage" | "failure"

/** An expected end of a command: its message is one clear line of why and what to do, shown without a stack. */
export class CommandError extends Error {
  override readonly name = "CommandError"
  readonly code: CommandErrorCode
  constructor(code: CommandErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Exit codes of the command. */
export const EXIT_CODES = Object.freeze({ usage: 2, failure: 1 } satisfies Record<CommandErrorCode, number>)

const FILE_REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EACCES: "it is not allowed",
  EPERM: "it is not allowed",
  EISDIR: "it is a folder",
  EEXIST: "there is a file of this name",
  ENOTDIR: "a part of the path is no folder",
  ENOSPC: "the disk is full",
  EROFS: "the disk is read-only",
}

/** Why a file could not be used, in words; what the system says where we have none. */
export function fileReasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? ""
  return FILE_REASONS[code] ?? reasonOf(error)
}

/** The text of anything thrown, on one line. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.replaceAll(/\s+/g, " ")
}
