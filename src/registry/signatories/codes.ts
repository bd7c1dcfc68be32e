import { fold } from '../../shared/text.ts'

/** Words that an abbreviation omits. */
const small = new Set(['OF', 'THE', 'AND', 'FOR', 'ON', 'IN', 'TO', 'DE', 'DES', 'DU', 'LA', 'ET'])

/**
 * A readable code for a body, which may be in use: the code of the parent and the initials of the name (`KR-NDMRI`), or the
 * beginning of a name of one word; `BODY` for a name in a script other than Latin. At most 34 characters.
 */
export function likelyCode(name: string, parent: string | null): string {
  const words =
    fold(name)
      .toUpperCase()
      .match(/[A-Z0-9]+/g) ?? []
  const significant = words.filter((word) => !small.has(word))
  const initials =
    significant.length > 1 ? significant.map((word) => word[0]).join('') : (significant[0] ?? words[0] ?? 'BODY')
  const short = initials.slice(0, 10)
  if (parent !== null && parent.length <= 23) return `${parent}-${short}`
  return short.length > 1 ? short : `BODY-${short}`
}
