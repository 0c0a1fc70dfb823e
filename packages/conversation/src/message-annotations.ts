/**
 * Top-level maps in a segment's document with what is said about its messages, beside those that a conversation itself reads: a page that shows none of it does
 * without the code. The first segment of each key is the message's id, so that erasing a message covers it and an import puts it where the message stands.
 */
export const ANNOTATION_MAPS = ["citations", "retrievals", "questions", "asks"] as const

/** Who cited what in messages: see `citations/citation-records.ts`. */
export const CITATIONS = "citations"
/** What was found for messages: key `<message id>/<retrieval id>`, value the record, or null once its message was erased. */
export const RETRIEVALS = "retrievals"
/** What messages are called in the data sets from which they were imported: key `<message id>/<hash of the name>`, value `{ id, text, extra?, exact? }`, or null once the message was erased. */
export const QUESTIONS = "questions"
/** What answers were asked for: see `asks/ask-records.ts`. */
export const ASKS = "asks"
