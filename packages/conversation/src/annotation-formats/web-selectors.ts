import { isObject, stringField } from "../formats/json-value.ts"
import type { AnnotatedPlace } from "./annotation-records.ts"
import { eachOf, listOf } from "./web-annotation-rules.ts"

/** What selectors say of words: those that stand beside one another, and in a choice, select the same. Those that refine others count from them: of these the words alone are taken. */
export function selectorsIn(selector: unknown): Pick<AnnotatedPlace, "quote" | "position"> {
  let place: Pick<AnnotatedPlace, "quote" | "position"> = {}
  for (const [, one] of eachOf(selector, "")) {
    if (!isObject(one)) continue
    const kinds = listOf(one["type"])
    const { exact, start, end, refinedBy } = one
    if (kinds.includes("Choice")) place = { ...selectorsIn(one["items"]), ...place }
    else if (refinedBy !== undefined) {
      const { quote } = selectorsIn(refinedBy)
      place = { ...(quote === undefined ? {} : { quote }), ...place }
    } else if (kinds.includes("TextQuoteSelector") && typeof exact === "string")
      place = { quote: { exact, prefix: stringField(one, "prefix") ?? "", suffix: stringField(one, "suffix") ?? "" }, ...place }
    else if (kinds.includes("TextPositionSelector") && typeof start === "number" && typeof end === "number" && start <= end)
      place = { position: { start, end, unit: "code-points" }, ...place }
  }
  return place
}
