/** A number in a scheme of numbers: TIAS 04-601 is `{ scheme: 'tias', value: '04-601' }`. */
interface InScheme {
  scheme: string
  value: string
}

/** Series of treaties whose numbers are counted: 04-0601 and 04-601 are one number there. */
const countedSchemes = new Set([
  'ats',
  'bevans',
  'bgbl',
  'cts',
  'eas',
  'kav',
  'lnts',
  'tias',
  'ts',
  'ukts',
  'unts',
  'unts-registration',
  'ust',
])

/** An identifier as it is shown: trimmed, single spaces, without the name of its scheme, which stands beside it. */
export function tidyIdentifier<Given extends InScheme>(given: Given): Given {
  const scheme = given.scheme.toLowerCase()
  const value = given.value.trim().replaceAll(/\s+/g, ' ')
  return { ...given, scheme, value: withoutScheme(scheme, value) }
}

/** `TIAS No. 99-0003` is 99-0003 in the scheme `tias`; a DOI also loses the address of its resolver. */
function withoutScheme(scheme: string, value: string): string {
  const name = scheme.replaceAll('-', '[ -]?')
  const repeated = new RegExp(`^(?:(?:${name})(?:[ :._#-]+|(?=\\d))(?:(?:no|nr|number)\\b\\.? ?)?)+`, 'i')
  const rest = (scheme === 'doi' ? value.replace(/^https?:\/\/(?:dx\.)?doi\.org\//i, '') : value).replace(repeated, '')
  return rest === '' ? value : rest
}

/**
 * What two identifiers of one scheme share when they are the same: the letter case, the kind of hyphen, spaces around it
 * and, in schemes that count, leading zeros do not tell numbers apart. At most three times as long as the value.
 */
export function identifierKey(identifier: InScheme): string {
  const { scheme, value } = tidyIdentifier(identifier)
  const key = value
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/ ?\p{Pd} ?/gu, '-')
  return countedSchemes.has(scheme) ? key.replaceAll(/(?<!\d)0+(?=\d)/g, '') : key
}
