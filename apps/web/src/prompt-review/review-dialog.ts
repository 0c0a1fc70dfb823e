/** What compares or changes drafts, over a prompt. */
export type ReviewDialog =
  /** Two sides; those left out are chosen for what is on screen. */
  | { readonly kind: "compare"; readonly from?: Side; readonly to?: Side }
  /** A version is to be what a draft says. */
  | { readonly kind: "put"; readonly versionId: string }
  /** Another draft is merged into the one on screen. */
  | { readonly kind: "merge" }

/** What can be compared: a draft as it is at the moment, or a version. */
export interface Side {
  readonly kind: "draft" | "version"
  readonly id: string
}
