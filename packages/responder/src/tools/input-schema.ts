/*
 * What a tool is called with, checked. The schema is JSON Schema in the part of it that models are told and keep to: a program of its own for all of JSON Schema would be larger than the rest of this
 * package, and its references and patterns would let a model's input cost as much time as it likes. A schema that says more than is checked here is refused when the tool is set up, not passed over.
 */

/** A JSON Schema of the keywords in {@link KEYWORDS}. */
export type InputSchema = {
  readonly type?: JsonType | readonly JsonType[]
  readonly properties?: Readonly<Record<string, InputSchema>>
  readonly required?: readonly string[]
  /** Default true, as in JSON Schema. */
  readonly additionalProperties?: boolean
  readonly items?: InputSchema
  readonly enum?: readonly (string | number | boolean | null)[]
  readonly const?: string | number | boolean | null
  readonly minimum?: number
  readonly maximum?: number
  /** In code points, as in JSON Schema. */
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly title?: string
  readonly description?: string
  readonly default?: unknown
}

type JsonType = "object" | "array" | "string" | "number" | "integer" | "boolean" | "null"

const KEYWORDS: ReadonlySet<string> = new Set(
  [
    "type properties required additionalProperties items enum const minimum maximum",
    "minLength maxLength minItems maxItems title description default",
  ].flatMap((line) => line.split(" ")),
)

/** @throws TypeError for a schema that says what is not checked here, or does not describe an object: models call with nothing else. */
export function checkSchema(schema: InputSchema): void {
  if (schema.type !== "object") throw new TypeError("the input of a tool is an object: its schema says type object")
  checkKeywords(schema, "input")
}

/** What is wrong with `value`, in words that say where and what was expected; undefined when nothing is. */
export function inputProblem(value: unknown, schema: InputSchema, path = "input"): string | undefined {
  if (schema.const !== undefined && value !== schema.const) return `${path} has to be ${JSON.stringify(schema.const)}`
  if (schema.enum !== undefined && !schema.enum.some((one) => one === value))
    return `${path} has to be one of ${schema.enum.map((one) => JSON.stringify(one)).join(", ")}`
  const types = typesOf(schema)
  if (types !== undefined && !types.some((type) => isOfType(value, type))) return `${path} has to be ${types.join(" or ")}`
  if (typeof value === "string") return lengthProblem(Array.from(value).length, "characters", path, schema.minLength, schema.maxLength)
  if (typeof value === "number") return numberProblem(value, path, schema)
  if (Array.isArray(value)) return arrayProblem(value, schema, path)
  return typeof value === "object" && value !== null ? objectProblem(value, schema, path) : undefined
}

function checkKeywords(schema: InputSchema, path: string): void {
  for (const keyword of Object.keys(schema)) {
    if (!KEYWORDS.has(keyword)) throw new TypeError(`the schema of ${path} says ${keyword}, which is not checked`)
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) checkKeywords(property, `${path}.${name}`)
  if (schema.items !== undefined) checkKeywords(schema.items, `${path}[]`)
}

function objectProblem(value: object, schema: InputSchema, path: string): string | undefined {
  const { properties = {}, required = [], additionalProperties = true } = schema
  const missing = required.find((name) => !Object.hasOwn(value, name))
  if (missing !== undefined) return `${path}.${missing} is missing`
  for (const [name, field] of Object.entries(value)) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (property === undefined && !additionalProperties) return `${path} has no field ${JSON.stringify(name.slice(0, 100))}`
    const problem = property === undefined ? undefined : inputProblem(field, property, `${path}.${name}`)
    if (problem !== undefined) return problem
  }
  return undefined
}

function arrayProblem(value: readonly unknown[], { items, minItems, maxItems }: InputSchema, path: string): string | undefined {
  const problem = lengthProblem(value.length, "items", path, minItems, maxItems)
  if (problem !== undefined || items === undefined) return problem
  for (const [index, item] of value.entries()) {
    const found = inputProblem(item, items, `${path}[${index}]`)
    if (found !== undefined) return found
  }
  return undefined
}

function numberProblem(value: number, path: string, { minimum, maximum }: InputSchema): string | undefined {
  if (minimum !== undefined && value < minimum) return `${path} has to be ${minimum} or more`
  return maximum !== undefined && value > maximum ? `${path} has to be ${maximum} or less` : undefined
}

function lengthProblem(length: number, unit: string, path: string, least = 0, most = Infinity): string | undefined {
  if (length < least) return `${path} needs ${least} ${unit} or more`
  return length > most ? `${path} may have ${most} ${unit} or fewer` : undefined
}

function typesOf({ type }: InputSchema): readonly JsonType[] | undefined {
  return type === undefined ? undefined : typeof type === "string" ? [type] : type
}

function isOfType(value: unknown, type: JsonType): boolean {
  switch (type) {
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value)
    case "array":
      return Array.isArray(value)
    case "integer":
      return Number.isInteger(value)
    case "number":
      return typeof value === "number" && Number.isFinite(value)
    case "null":
      return value === null
    case "string":
    case "boolean":
      return typeof value === type
  }
}
