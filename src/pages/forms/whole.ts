import { Agreement, AgreementReplacement } from '../../agreements/schemas.ts'
import { planOf, reduced } from '../../http/as-shown.ts'
import type { Json, JsonObject } from './fields.ts'

const plan = planOf(AgreementReplacement, Agreement, true)!

type Referring = Record<string, unknown>

/** The short form of an entry without its id, so that the code is its reference. */
const withoutId = (entry: object | null): Referring | null =>
  entry && Object.fromEntries(Object.entries(entry).filter(([name]) => name !== 'id'))

/** An agreement as a request that would leave it unchanged. Entries of the registry are named by their codes. */
export function wholeOf(agreement: Agreement): JsonObject {
  const named = {
    ...agreement,
    signatories: agreement.signatories.map((one) => ({ ...one, signatory: withoutId(one.signatory) })),
    dates: agreement.dates.map((one) => ({ ...one, signatory: withoutId(one.signatory) })),
    researchDomains: agreement.researchDomains.map(withoutId),
    collection: withoutId(agreement.collection),
  }
  return structuredClone(reduced(named, plan).value) as JsonObject
}

/** The items of a list of an agreement, as a request has them. */
export const itemsIn = (whole: JsonObject, list: string): JsonObject[] => whole[list] as Json[] as JsonObject[]
