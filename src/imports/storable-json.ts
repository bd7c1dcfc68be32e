/** NUL, and halves of characters, in JSON text; whole characters beyond U+FFFF are written without escapes. */
const unstorable = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/gi

/** A value as JSON that PostgreSQL can store: U+FFFD stands for what it cannot. */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value)
  return /\\u(?:0000|d[89a-f])/i.test(text) ? text.replaceAll(unstorable, '$1\uFFFD') : text
}
