/**
 * What a format of prompts could not hold. Codes are API, texts are not: `versions` earlier versions; `roles` which message is whose;
 * `variables` types, defaults and descriptions; `config`; `labels`; `tags`; `description`; `history` who made a version, when and why;
 * `extra` fields of another format; `branch` that a version has another parent than the one before it; `drafts` other drafts, and words without a version.
 */
export type PromptLeftCode =
  | "versions"
  | "roles"
  | "variables"
  | "config"
  | "labels"
  | "tags"
  | "description"
  | "history"
  | "extra"
  | "branch"
  | "drafts"

/** One thing that a prompt has and its export has not. */
export interface PromptLeft {
  /** Name of the prompt. */
  readonly prompt: string
  readonly code: PromptLeftCode
  /** For people. */
  readonly what: string
}
