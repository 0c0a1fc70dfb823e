import { isObject, type JsonObject } from "../formats/json-value.ts"

/*
 * What the Web Annotation Data Model (W3C Recommendation of 23 February 2017) demands of annotations, their pages and collections. Checked is what it says MUST be, for
 * the properties that it defines; others are anybody's. Two things are taken more widely than it writes them, as programs do: an address may be relative, and a time
 * may have another zone than Z.
 */

/** One rule that a JSON document breaks. */
export interface AnnotationProblem {
  /** Where: `target.selector`; the empty string for the whole. */
  readonly path: string
  /** For people. */
  readonly message: string
}

/** The context that every annotation names. */
export const ANNOTATION_CONTEXT = "http://www.w3.org/ns/anno.jsonld"
const ADDRESS = /^[^\s\p{Cc}<>"{}|\\^`]+$/u
const TIME = /^-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/u
const SETS = ["Choice", "Composite", "List", "Independents"]
const DIRECTIONS = ["ltr", "rtl", "auto"]
const MOST_TOLD = 20

/** All that is wrong with an annotation, in the order of the model; empty when it keeps the rules. @param within - it stands in a page, whose context is its own. */
export function annotationProblems(value: unknown, within: "page" | "file" = "file"): readonly AnnotationProblem[] {
  if (!isObject(value)) return [{ path: "", message: "it is no JSON object" }]
  const rules = new Rules()
  if (within === "file") rules.context(value)
  rules.annotation(value, "")
  return rules.problems
}

/** All that is wrong with a page or a collection by itself; its annotations are looked at one by one. */
export function frameProblems(value: JsonObject): readonly AnnotationProblem[] {
  const rules = new Rules()
  rules.context(value)
  if (isCollection(value)) rules.collection(value)
  else rules.page(value, "")
  return rules.problems
}

/** Whether it says that it is a collection of annotations. */
export function isCollection(value: JsonObject): boolean {
  return listOf(value["type"]).includes("AnnotationCollection")
}

/** Whether it says that it is a page of annotations. */
export function isPage(value: JsonObject): boolean {
  return listOf(value["type"]).includes("AnnotationPage")
}

class Rules {
  readonly problems: AnnotationProblem[] = []

  context(value: JsonObject): void {
    if (!listOf(value["@context"]).includes(ANNOTATION_CONTEXT)) this.#tell("@context", `it must name ${ANNOTATION_CONTEXT}`)
  }

  annotation(value: JsonObject, at: string): void {
    this.#address(value, at, "id", "needed")
    if (!listOf(value["type"]).includes("Annotation")) this.#tell(join(at, "type"), "it must be Annotation")
    if ("body" in value && "bodyValue" in value) this.#tell(join(at, "bodyValue"), "it may not stand beside a body")
    if ("bodyValue" in value && typeof value["bodyValue"] !== "string") this.#tell(join(at, "bodyValue"), "it must be one text")
    for (const [path, body] of eachOf(value["body"], join(at, "body"))) this.#resource(body, path)
    const targets = eachOf(value["target"], join(at, "target"))
    if (targets.length === 0) this.#tell(join(at, "target"), "there must be at least one")
    for (const [path, target] of targets) this.#resource(target, path)
    for (const field of ["created", "modified", "generated"]) this.#time(value, at, field)
    for (const field of ["creator", "generator", "audience", "rights", "via", "motivation"])
      this.#addresses(value, at, field, OBJECTS[field] ?? false)
    for (const field of ["canonical", "stylesheet"]) this.#address(value, at, field, "one", field === "stylesheet")
  }

  collection(value: JsonObject): void {
    this.#address(value, "", "id", "needed")
    this.#count(value, "", "total")
    for (const field of ["first", "last"]) {
      const page = value[field]
      if (isObject(page) && "items" in page) this.page(page, field)
      else this.#address(value, "", field, "one", true)
    }
  }

  page(value: JsonObject, at: string): void {
    this.#address(value, at, "id", "needed")
    for (const field of ["partOf", "next", "prev"]) this.#address(value, at, field, "one", true)
    this.#count(value, at, "startIndex")
    if (!Array.isArray(value["items"])) this.#tell(join(at, "items"), "it must be a list of annotations")
  }

  /** A body or a target. */
  #resource(value: unknown, at: string): void {
    if (typeof value === "string") return this.#checkAddress(value, at)
    if (!isObject(value)) return this.#tell(at, "it must be an address or an object")
    const kinds = listOf(value["type"])
    if (kinds.includes("TextualBody") && typeof value["value"] !== "string")
      this.#tell(join(at, "value"), "a textual body must have one text")
    if (kinds.some((kind) => SETS.includes(kind))) return this.#set(value, at)
    const isPart = "source" in value || kinds.includes("SpecificResource")
    if (isPart) this.#part(value, at)
    else if (!("id" in value) && typeof value["value"] !== "string" && !kinds.includes("TextualBody"))
      this.#tell(
        at,
        `it must have an id, a source or a text${"items" in value ? "; a set must say in its type how its items are meant" : ""}`,
      )
    this.#address(value, at, "id", "one")
    for (const field of ["format", "language", "accessibility", "purpose"]) this.#texts(value, at, field)
    this.#one(value, at, "processingLanguage")
    const { textDirection: direction } = value
    if (direction !== undefined && (typeof direction !== "string" || !DIRECTIONS.includes(direction)))
      this.#tell(join(at, "textDirection"), `it must be one of ${DIRECTIONS.join(", ")}`)
    for (const field of ["rights", "via", "creator", "generator", "audience"]) this.#addresses(value, at, field, OBJECTS[field] ?? false)
    for (const field of ["created", "modified"]) this.#time(value, at, field)
    this.#address(value, at, "canonical", "one")
  }

  #set(value: JsonObject, at: string): void {
    const members = eachOf(value["items"], join(at, "items"))
    if (members.length === 0) this.#tell(join(at, "items"), "a set must have items")
    for (const [path, member] of members) this.#resource(member, path)
  }

  /** A specific resource: a part of another, or that in some state or style. */
  #part(value: JsonObject, at: string): void {
    if (value["source"] === undefined) this.#tell(join(at, "source"), "a specific resource must have one")
    else if (Array.isArray(value["source"])) this.#tell(join(at, "source"), "there must be exactly one")
    else this.#resource(value["source"], join(at, "source"))
    for (const [path, selector] of eachOf(value["selector"], join(at, "selector"))) this.#selector(selector, path)
    for (const [path, state] of eachOf(value["state"], join(at, "state"))) this.#state(state, path)
    for (const field of ["scope", "renderedVia"]) this.#addresses(value, at, field, true)
    this.#texts(value, at, "styleClass")
  }

  #selector(value: unknown, at: string): void {
    if (typeof value === "string") return this.#checkAddress(value, at)
    if (!isObject(value)) return this.#tell(at, "a selector must be an address or an object")
    const kinds = listOf(value["type"])
    const kind = Object.keys(SELECTORS).find((name) => kinds.includes(name))
    const wanted = kind === undefined ? undefined : SELECTORS[kind]
    for (const [field, form] of Object.entries(wanted ?? {})) this.#field(value, at, field, form, kind ?? "")
    for (const field of ["refinedBy", "startSelector", "endSelector"])
      for (const [path, inner] of eachOf(value[field], join(at, field))) this.#selector(inner, path)
    for (const [path, inner] of kinds.includes("Choice") ? eachOf(value["items"], join(at, "items")) : []) this.#selector(inner, path)
  }

  #field(value: JsonObject, at: string, field: string, form: SelectorField, kind: string): void {
    const found = value[field]
    const path = join(at, field)
    if (found === undefined && form.endsWith("?")) return
    if (form.startsWith("text") && typeof found !== "string") this.#tell(path, `a ${kind} must have one text here`)
    else if (form === "offset" && !isCount(found)) this.#tell(path, `a ${kind} must have a whole number from 0 here`)
    else if (form === "selector" && (found === undefined || Array.isArray(found))) this.#tell(path, `a ${kind} must have exactly one`)
  }

  #state(value: unknown, at: string): void {
    if (typeof value === "string") return this.#checkAddress(value, at)
    if (!isObject(value)) return this.#tell(at, "a state must be an address or an object")
    if (listOf(value["type"]).includes("HttpRequestState") && typeof value["value"] !== "string")
      this.#tell(join(at, "value"), "a request must be one text")
    for (const field of ["sourceDate", "sourceDateStart", "sourceDateEnd"])
      for (const [path, time] of eachOf(value[field], join(at, field)))
        if (typeof time !== "string" || !TIME.test(time)) this.#tell(path, NO_TIME)
  }

  #address(value: JsonObject, at: string, field: string, wanted: "needed" | "one", orObject = false): void {
    const found = value[field]
    const path = join(at, field)
    if (found === undefined) return wanted === "needed" ? this.#tell(path, "there must be exactly one") : undefined
    if (Array.isArray(found)) return this.#tell(path, `there must be exactly one, not ${found.length}`)
    if (isObject(found) && orObject) return
    if (typeof found === "string") this.#checkAddress(found, path)
    else this.#tell(path, "it must be an address")
  }

  #addresses(value: JsonObject, at: string, field: string, orObject: boolean): void {
    for (const [path, found] of eachOf(value[field], join(at, field))) {
      if (typeof found === "string") this.#checkAddress(found, path)
      else if (!isObject(found) || !orObject) this.#tell(path, `it must be an address${orObject ? " or an object" : ""}`)
    }
  }

  #checkAddress(value: string, at: string): void {
    if (!ADDRESS.test(value)) this.#tell(at, `"${value.slice(0, 60)}" is no address`)
  }

  #texts(value: JsonObject, at: string, field: string): void {
    for (const [path, found] of eachOf(value[field], join(at, field))) if (typeof found !== "string") this.#tell(path, "it must be a text")
  }

  #one(value: JsonObject, at: string, field: string): void {
    const found = value[field]
    if (found !== undefined && typeof found !== "string") this.#tell(join(at, field), "there must be exactly one text")
  }

  #time(value: JsonObject, at: string, field: string): void {
    const found = value[field]
    if (found === undefined) return
    if (Array.isArray(found)) this.#tell(join(at, field), "there must be exactly one")
    else if (typeof found !== "string" || !TIME.test(found) || !Number.isFinite(Date.parse(found))) this.#tell(join(at, field), NO_TIME)
  }

  #count(value: JsonObject, at: string, field: string): void {
    const found = value[field]
    if (found !== undefined && !isCount(found)) this.#tell(join(at, field), "it must be a whole number from 0")
  }

  #tell(path: string, message: string): void {
    // A page of ten thousand broken annotations is told by its first ones.
    if (this.problems.length < MOST_TOLD) this.problems.push({ path, message })
  }
}

const NO_TIME = "it must be a time with its zone, such as 2015-01-28T12:00:00Z"
/** Of the properties that name things, those that may be described in place. */
const OBJECTS: Readonly<Record<string, boolean>> = { creator: true, generator: true, audience: true }
type SelectorField = "text" | "text?" | "offset" | "selector"
/** What the selectors of the model must have; others are kept and not looked into. */
const SELECTORS: Readonly<Record<string, Readonly<Record<string, SelectorField>>>> = {
  FragmentSelector: { value: "text" },
  CssSelector: { value: "text" },
  XPathSelector: { value: "text" },
  TextQuoteSelector: { exact: "text", prefix: "text?", suffix: "text?" },
  TextPositionSelector: { start: "offset", end: "offset" },
  DataPositionSelector: { start: "offset", end: "offset" },
  SvgSelector: { value: "text?" },
  RangeSelector: { startSelector: "selector", endSelector: "selector" },
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
}

/** The values of a property, which may stand alone or in a list, each with its path. */
export function eachOf(value: unknown, at: string): readonly (readonly [path: string, value: unknown])[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value.map((item: unknown, index) => [`${at}[${index}]`, item] as const) : [[at, value]]
}

/** The texts of a property, which may stand alone or in a list. */
export function listOf(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.filter((item) => typeof item === "string")
}

function join(at: string, field: string): string {
  return at === "" ? field : `${at}.${field}`
}
