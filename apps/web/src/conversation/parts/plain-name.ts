const MAX_NAME_LENGTH = 200
const NAMELESS = "File without a name"

/** A name in one line, without the characters that turn what follows them around: `exe.gnp` would read as `png.exe`. */
export function plainName(value: unknown): string {
  if (typeof value !== "string") return NAMELESS
  const name = value.slice(0, MAX_NAME_LENGTH * 2).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
  const characters = Array.from(name.trim())
  if (characters.length === 0) return NAMELESS
  return characters.length > MAX_NAME_LENGTH ? `${characters.slice(0, MAX_NAME_LENGTH).join("")}…` : characters.join("")
}
