/** Texts, which have digits of their own, and numbers. */
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/** Up to 15 digits a number is always exact. */
const mayBeInexact = /[\d.]{16}|\d[eE]/

/**
 * The value of valid JSON text. A number that JavaScript would change, or write with an exponent, becomes the text that it has:
 * identifiers often have more than 15 digits.
 */
export function parseExactly(json: string): unknown {
  if (!mayBeInexact.test(json)) return JSON.parse(json)
  return JSON.parse(
    json.replaceAll(tokens, (token) => (token.startsWith('"') || isExact(token) ? token : `"${token}"`)),
  )
}

function isExact(token: string): boolean {
  const text = String(Number(token))
  return !/[a-z]/i.test(text) && digitsOf(text) === digitsOf(token)
}

/** The digits that count and the place of the point, so that `1.0`, `1` and `10e-1` are the same. */
function digitsOf(number: string): string {
  const [, whole = '', part = '', exponent = '0'] = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? []
  const digits = (whole + part).replace(/^0+/, '')
  let end = digits.length
  while (digits[end - 1] === '0') end -= 1
  const counting = digits.slice(0, end)
  return counting === '' ? '0' : `${counting}e${digits.length - counting.length + Number(exponent) - part.length}`
}
