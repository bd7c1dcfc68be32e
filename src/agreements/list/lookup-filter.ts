import type { Database } from '../../database/connect.ts'
import type { Interpretation, Position } from '../../http/paging.ts'
import { periodErrors } from '../../http/periods.ts'
import { inQuery, invalidQuery, type QueryError, queryErrors } from '../../problems/problems.ts'
import { findInAllAsHeld, predecessorsAsHeld } from '../../registry/as-held.ts'
import { inUtc, notOfThePast, refuseUnlisted } from './as-held.ts'
import type { AgreementFilter } from './filter.ts'
import type { Named } from '../../registry/lookup.ts'
import { findInAll, Registry } from '../../registry/registry.ts'
import { formerlyNamed, type Predecessor, predecessorsOf } from '../../registry/signatories/predecessors.ts'
import { lookUpWords, type Words, wordsAsInterpreted } from './full-text.ts'
import { withoutBody } from './predecessors.ts'

/** A filter after lookup: ids instead of codes, and `q` after correction. */
export interface NamedIds {
  party: string[] | undefined
  pair: [string, string] | undefined
  signatory: string[] | undefined
  /** Of these bodies, where they are asked for too. */
  predecessors: Predecessor[]
  researchDomain: string[] | undefined
  collection: string[] | undefined
  words: Words | undefined
}

interface LookUpOptions {
  /** The end of the page before; its words keep the interpretation of the first page. */
  after?: Pick<Position, 'interpretation'> | undefined
  /** Errors in parameters that are not of the filter, to be reported with those that are. */
  errors?: QueryError[]
  /**
   * Whether it is for `matchingVersion`: `q` is used as it is written, also if it finds nothing now, and bodies are found by
   * the ids that they had before a merge.
   */
  ofVersions?: boolean
}

/**
 * Looks up the codes and the words of a filter.
 * @throws Problem 400 with every error: codes that do not exist, bodies that are not parties, periods that end before they
 * begin, and parameters without the ones that they need
 */
export async function lookUpFilter(
  db: Database,
  filter: AgreementFilter,
  { after, errors = [], ofVersions = false }: LookUpOptions = {},
): Promise<NamedIds> {
  const { party, signatory, researchDomain, collection } = filter
  const pair = filter.pair?.split(',').map((party) => party.trim())
  const named = (references: string[] | undefined, parameter: string): Named[] =>
    (references ?? []).map((reference) => ({ reference, at: inQuery(parameter) }))
  const references = {
    bodies: [
      ...named(party, 'party').map((one) => ({ ...one, ifSeveral: asPair })),
      ...named(pair, 'pair'),
      ...named(signatory, 'signatory'),
    ],
    domains: named(researchDomain, 'researchDomain'),
    collections: named(collection, 'collection'),
  }
  const instant = filter.asOf === undefined ? undefined : inUtc(filter.asOf)
  if (instant !== undefined) await refuseUnlisted(db)
  const found =
    instant === undefined ? await findInAll(db, references, 'free') : await findInAllAsHeld(db, references, instant)
  const { bodies, domains, collections } = found
  const registry = new Registry(found)
  const wrong = [
    ...errors,
    ...notOfThePast(filter),
    ...withoutStatus(filter),
    ...withoutBody(filter),
    ...periodErrors(filter, ['signedFrom', 'signedTo'], ['eventFrom', 'eventTo'], ['expiresFrom', 'expiresTo']),
    ...queryErrors([...bodies.errors, ...domains.errors, ...collections.errors]),
    ...notParties(party?.filter(bodies.has), 'party', registry),
    ...notParties(pair?.filter(bodies.has), 'pair', registry),
    ...(pair?.every(bodies.has) ? onePartyTwice(pair, registry) : []),
  ]
  if (wrong.length > 0) throw invalidQuery(wrong)
  const idsOf = (references: string[] | undefined) => references?.map((reference) => registry.body(reference).id)
  const ids = { party: idsOf(party), pair: idsOf(pair) as NamedIds['pair'], signatory: idsOf(signatory) }
  const all = Object.values(ids).flatMap((some) => some ?? [])
  return {
    ...ids,
    predecessors: [
      ...(filter.withPredecessors === 'true' ? await predecessorsThen(db, all, instant) : []),
      ...(ofVersions ? await formerlyNamed(db, all) : []),
    ],
    researchDomain: researchDomain?.map((reference) => registry.domain(reference).id),
    collection: collection?.map((reference) => registry.collection(reference).id),
    words: await wordsOf(db, filter, ofVersions ? notCorrected : after?.interpretation),
  }
}

const predecessorsThen = (db: Database, ids: string[], instant: string | undefined): Promise<Predecessor[]> =>
  instant === undefined ? predecessorsOf(db, ids) : predecessorsAsHeld(db, ids, instant)

const notCorrected: Interpretation = { common: false, didYouMean: null }

async function wordsOf(
  db: Database,
  { q }: AgreementFilter,
  interpretation: Interpretation | null | undefined,
): Promise<Words | undefined> {
  if (q === undefined) return undefined
  return interpretation ? wordsAsInterpreted(q, interpretation) : lookUpWords(db, q)
}

/** What to do instead of `party=US,KR`. */
function asPair(codes: string[]): string {
  const repeated = `repeat \`party\` for agreements of any of them: \`${codes.map((code) => `party=${code}`).join('&')}\`.`
  if (codes.length > 2) return `Either ask for one of them, or ${repeated}`
  return `Use \`pair=${codes.join(',')}\` for the agreements between them, or ${repeated}`
}

/** A body must not be given as a party: the result would silently include all agreements of its party. */
function notParties(references: string[] = [], parameter: string, registry: Registry): QueryError[] {
  return references.flatMap((reference) => {
    const body = registry.body(reference)
    const party = registry.party(body)
    if (party.id === body.id) return []
    const message = `\`${body.code}\` is not a party: it acts for \`${party.code}\`. Use \`signatory=${body.code}\` or \`${party.code}\`.`
    return [{ parameter, code: 'not_a_party', message, didYouMean: party.code }]
  })
}

function onePartyTwice([one, other]: string[], registry: Registry): QueryError[] {
  if (registry.body(one!).id !== registry.body(other!).id) return []
  return [{ parameter: 'pair', code: 'one_party', message: 'Must be two different parties.' }]
}

function withoutStatus({ status, statusBasis, on }: AgreementFilter): QueryError[] {
  if (on === undefined || status !== undefined || statusBasis !== undefined) return []
  const message = '`on` requires `status` or `statusBasis`. To find agreements in force on a day, use `inForceOn`.'
  return [{ parameter: 'on', code: 'needs_status', message }]
}
