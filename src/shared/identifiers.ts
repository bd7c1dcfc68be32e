/** An identifier in a numbering scheme: TIAS 04-601 is `{ scheme: 'tias', value: '04-601' }`. */
interface InScheme {
  scheme: string
  value: string
}

/** The key that references which differ only by letter case share. */
export const referenceKey = (reference: string): string => reference.toLowerCase()

/** The keys that agreements with these references can have: one stored by an earlier release may have its exact text. */
export const possibleReferenceKeys = (references: string[]): string[] => [
  ...new Set(references.flatMap((reference) => [reference, referenceKey(reference)])),
]

/** The keys that an identifier `scheme:value` can have: one stored by an earlier release may have its exact text. */
export function possibleIdentifierKeys(identifier: string): { scheme: string; keys: string[] } {
  const scheme = identifier.slice(0, identifier.indexOf(':')).toLowerCase()
  const value = identifier.slice(scheme.length + 1)
  return { scheme, keys: [...new Set([value, identifierKey({ scheme, value })])] }
}

/** Numbered treaty series, in which leading zeros do not matter: 04-0601 and 04-601 are the same number. */
const numberedSeries = new Set([
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

/**
 * The identifier as it is stored: trimmed, single spaces, without the name of its scheme in the value. What is not a valid
 * scheme stays as it is, since schemas apply this before they refuse it.
 */
export function tidyIdentifier<Given extends InScheme>(given: Given): Given {
  const scheme = given.scheme.toLowerCase()
  if (!/^[a-z0-9-]{1,40}$/.test(scheme)) return given
  const value = given.value.trim().replaceAll(/\s+/g, ' ')
  return { ...given, scheme, value: withoutScheme(scheme, value) }
}

/** `TIAS No. 99-0003` and `T.I.A.S. 99-0003` are 99-0003 in the scheme `tias`; a DOI also loses the address of its resolver. */
function withoutScheme(scheme: string, value: string): string {
  const name = scheme.replaceAll(/[a-z](?=[a-z])/g, '$&\\.?').replaceAll('-', '[ -]?')
  const repeated = new RegExp(`^(?:(?:${name})(?:[ :._#-]+|(?=\\d))(?:(?:no|nr|number)\\b\\.? ?)?)+`, 'i')
  const rest = (scheme === 'doi' ? value.replace(/^https?:\/\/(?:dx\.)?doi\.org\//i, '') : value).replace(repeated, '')
  return rest === '' ? value : rest
}

/**
 * The key that equal identifiers of a scheme share. Letter case, the kind of hyphen, spaces around it and, in numbered
 * series, leading zeros do not matter. At most three times as long as the value.
 */
export function identifierKey(identifier: InScheme): string {
  const { scheme, value } = tidyIdentifier(identifier)
  const key = value
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(/ ?\p{Pd} ?/gu, '-')
  return numberedSeries.has(scheme) ? key.replaceAll(/(?<!\d)0+(?=\d)/g, '') : key
}
