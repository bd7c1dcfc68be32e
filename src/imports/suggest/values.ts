import type { agreementTypes } from '../../agreements/tables.ts'
import { fold } from '../../shared/text.ts'

type AgreementType = (typeof agreementTypes)[number]

/** What texts call the types, the more special first. */
const types: [type: AgreementType, name: RegExp][] = [
  ['memorandum_of_agreement', /memorandum of agreement|\bmoa\b/],
  ['memorandum_of_understanding', /memora|\bmou\b|\bmdu\b|absichtserklarung/],
  ['exchange_of_letters', /exchanges? of letters|briefwechsel|canje de cartas|echange de lettres/],
  ['exchange_of_notes', /exchan|notenwechsel|canje de notas|echange de notes/],
  ['implementing_arrangement', /implementing (?:arrangement|agreement)/],
  ['project_arrangement', /project (?:arrangement|agreement)/],
  ['letter_of_intent', /letters? of intent/],
  ['joint_statement', /joint (?:statement|communique)/],
  ['amendment', /^amend/],
  ['extension', /^exten/],
  ['protocol', /protoco|protokoll/],
  ['convention', /conven/],
  ['treaty', /treat|tratado|\btraite\b|vertrag/],
  ['declaration', /declar|erklarung/],
  ['minutes', /minute|\bacta\b/],
  ['arrangement', /arrang|vereinbarung/],
  ['agreement', /agree|acuerdo|accord|abkommen/],
]

/** The type that a text names. */
export function typeIn(text: string): AgreementType | undefined {
  const folded = plain(text)
  return types.find(([, name]) => name.test(folded))?.[0]
}

/** Folded, and as words where it is written like a value of the register, such as in its own exports: `joint_statement`. */
const plain = (text: string): string => fold(text).replaceAll('_', ' ').trim()

/** The names of types that a title can begin with, as a pattern. */
export const kindPattern =
  '(?i)(?<kind>memorandum of (?:understanding|agreement)|exchanges? of (?:notes|letters)|implementing arrangement|letter of intent|joint statement|protocol|convention|treaty|declaration|minutes|arrangement|agreement)'

const statuses: [status: string, name: RegExp][] = [
  ['negotiating', /negotiating|under negotiation/],
  ['signed', /not (?:yet )?in force|^signed|pending/],
  ['terminated', /terminat|\bended\b|no longer|expired|denounced|beendet|terminado/],
  ['suspended', /suspend/],
  ['provisionally_applied', /provisional/],
  ['in_force', /^(?!.*\b(?:no|not|non|never|nicht)\b).*(?:in force|vigente|vigor|\bactive|current|in kraft)/s],
]

/** The status that a text names. A yes is a status only in a column that asks whether an agreement is in force. */
export function statusIn(text: string, column: string): string | undefined {
  const folded = plain(text)
  if (/^(?:yes|y|si|oui|ja|true|x)$/.test(folded))
    return /force|vigente|vigor|active/.test(fold(column)) ? 'in_force' : undefined
  return statuses.find(([, name]) => name.test(folded))?.[0]
}

/** Whether a text says that an agreement has two sides. */
export const saysBilateral = (text: string): boolean =>
  /^(?:bi|bilat|bilateral|yes|y|si|oui|ja|true|x)$/.test(fold(text).trim())
