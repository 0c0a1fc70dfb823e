/** What somebody wants to erase for good. */
export type EraseSubject =
  | {
      readonly kind: "message"
      readonly conversationId: string
      readonly messageId: string
      /** Its first words, by which one recognises it. */
      readonly excerpt: string
    }
  | { readonly kind: "conversation"; readonly conversationId: string; readonly title: string }
  | {
      readonly kind: "attachment"
      readonly conversationId: string
      readonly messageId: string
      /** Name of the blob. */
      readonly sha256: string
      readonly name: string
    }
  | { readonly kind: "source"; readonly sourceId: string; readonly title: string }
