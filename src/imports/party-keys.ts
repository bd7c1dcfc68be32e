import { nameKeys } from '../registry/name-keys.ts'

/**
 * The keys under which the registry can have a party that a file names: whatever the letter case, accents, brackets and
 * hyphens (see `nameKey`), `X, Republic of` for `Republic of X` and the reverse, s for z, `&` for `and`, `St` for `Saint`.
 * Never a part of the name.
 */
export function partyKeys(name: string): string[] {
  const keys = new Set<string>()
  for (const form of turned(name.replaceAll('&', ' and '))) {
    for (const key of nameKeys(form)) for (const variant of rewritten(key)) keys.add(variant)
  }
  return [...keys]
}

/** `Korea, Republic of` and `Korea (Republic of)` are also `Republic of Korea`. */
function turned(name: string): string[] {
  const text = name.trimEnd()
  const parts = text.includes('(') && text.endsWith(')') ? text.slice(0, -1).split('(') : text.split(',')
  const [before = '', after = ''] = parts.map((part) => part.trim())
  return parts.length !== 2 || before === '' || after === '' ? [name] : [name, `${after} ${before}`]
}

function rewritten(key: string): string[] {
  const saint = /\b(?:st|saint)\b/.test(key)
    ? [key.replaceAll(/\bst\b/g, 'saint'), key.replaceAll(/\bsaint\b/g, 'st')]
    : []
  return [key, ...saint].flatMap((one) => [one, ...countryFirst(one)]).flatMap(spelt)
}

/** `republic of korea` is also `korea republic of`; where it ends with `of` more than once, at the first and the last. */
function countryFirst(key: string): string[] {
  const words = key.split(' ')
  const ends = words.flatMap((word, at) => (word === 'of' ? [words[at + 1] === 'the' ? at + 2 : at + 1] : []))
  const places = [...new Set([ends[0], ends.at(-1)])].filter((at) => at !== undefined && at < words.length)
  return places.map((at) => [...words.slice(at), ...words.slice(0, at)].join(' '))
}

/** `organisation` is also `organization`. */
function spelt(key: string): string[] {
  const vowels = /(?<=i)[sz](?=(?:e|ed|er|ers|ing|ation|ations|ational)\b)/g
  return [key, key.replaceAll(vowels, 's'), key.replaceAll(vowels, 'z')]
}
