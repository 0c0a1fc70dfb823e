export { countTerms, pairOf, segmentsOf, type Token, tokensOf, unitForm } from "./tokens.ts"
export { foldedForm, MAX_TERM_LENGTH, plainForm } from "./word-forms.ts"
