const SVG = "http://www.w3.org/2000/svg"

/** What an element holds: `undefined` for nothing. */
export type Content = Node | string | undefined | readonly Content[]

/** Attributes by name; `undefined` leaves one out. */
type Attributes = Readonly<Record<string, string | number | undefined>>

/** An element of the page. */
export function html(tag: string, attributes: Attributes = {}, ...content: readonly Content[]): HTMLElement {
  return filled(document.createElement(tag), attributes, content)
}

/** An element of a picture. */
export function svg(tag: string, attributes: Attributes = {}, ...content: readonly Content[]): SVGElement {
  return filled(document.createElementNS(SVG, tag), attributes, content)
}

/**
 * Makes `shown` look like `wanted` with as few changes as can be: what is the same stays as it is, and with it the focus, what somebody has selected, and the place to
 * which they scrolled.
 */
export function patch(shown: ChildNode, wanted: ChildNode): void {
  if (shown.nodeName !== wanted.nodeName) return shown.replaceWith(wanted)
  if (shown instanceof Text) {
    if (shown.data !== wanted.textContent) shown.data = wanted.textContent ?? ""
    return
  }
  if (shown instanceof Element && wanted instanceof Element) patchAttributes(shown, wanted)
  const [before, after] = [[...shown.childNodes], [...wanted.childNodes]]
  for (const [index, child] of after.entries()) {
    const known = before[index]
    if (known === undefined) shown.appendChild(child)
    else patch(known, child)
  }
  for (const rest of before.slice(after.length)) rest.remove()
}

function patchAttributes(shown: Element, wanted: Element): void {
  for (const name of shown.getAttributeNames()) if (!wanted.hasAttribute(name)) shown.removeAttribute(name)
  for (const { name, value } of wanted.attributes) if (shown.getAttribute(name) !== value) shown.setAttribute(name, value)
}

function filled<E extends Element>(element: E, attributes: Attributes, content: readonly Content[]): E {
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(name, String(value))
  append(element, content)
  return element
}

function append(element: Element, content: readonly Content[]): void {
  for (const one of content) {
    if (one === undefined) continue
    if (typeof one === "string" || one instanceof Node) element.append(one)
    else append(element, one)
  }
}
