const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
}

/** Everything that XML 1.0 has no way to write (section 2.2): most control characters, unpaired surrogates, U+FFFE and U+FFFF. */
const unwritable = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu

/** Text for the content or an attribute of an XML 1.0 document. What cannot be written becomes `instead`. */
export const xmlText = (text: string, instead = '\uFFFD'): string =>
  text.replace(unwritable, instead).replace(/[&<>"\r\n\t]/g, (character) => entities[character]!)

/** An element with attributes and text; a missing text gives an empty element. */
export function xmlElement(name: string, attributes: Record<string, string>, text?: string): string {
  const pairs = Object.entries(attributes).map(([key, value]) => ` ${key}="${xmlText(value)}"`)
  return text === undefined ? `<${name}${pairs.join('')}/>` : `<${name}${pairs.join('')}>${xmlText(text)}</${name}>`
}
