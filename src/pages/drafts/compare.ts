import type { z } from 'zod'
import { NewDate } from '../../agreements/dates/schemas.ts'
import { NewClaim } from '../../agreements/field-schemas.ts'
import { type Agreement, NewAgreement } from '../../agreements/schemas.ts'
import { NewSignature } from '../../agreements/signatures/schemas.ts'
import { NewSource } from '../../agreements/sources/schemas.ts'
import type { Database } from '../../database/connect.ts'
import type { Proposal } from '../../drafts/draft.ts'
import type { Body, Names } from '../../drafts/names.ts'
import { type Compared, similarToDraft } from '../../drafts/similar.ts'
import { type AddFields, dayFields } from '../forms/add-fields.ts'
import type { Field, JsonObject } from '../forms/fields.ts'
import { itemsIn } from '../forms/whole.ts'

/** The agreements that the form may describe, with what differs. */
export interface Comparison {
  found: Compared[]
  /** The names of the fields with the days, in the order of `dates` of each agreement found. */
  days: string[]
  /** The names of the fields with the claims, by their place in the draft. */
  claims: string[]
  /** The text as a source, as the form has it. */
  source: NewSource | undefined
}

interface Given {
  /** The agreement that the form describes, as far as it is filled in. */
  whole: JsonObject
  fields: AddFields
  /** Title of the text. */
  title: string | undefined
  /** Whether the text tells of a change to an agreement that was there before. */
  isOfKnown: boolean
  names: Names
}

/**
 * Compares what a form has with the register. Of fields that are not valid yet, nothing is compared.
 * @returns undefined without a party on each side
 */
export async function compare(
  db: Database,
  { whole, fields, title, isOfKnown, names }: Given,
): Promise<Comparison | undefined> {
  const days = valid(NewDate, whole, 'dates', dayFields(fields))
  const claims = valid(NewClaim, whole, 'claims', fields.claims.flat())
  const source = NewSource.safeParse(itemsIn(whole, 'sources')[0]).data
  const draft = draftIn(
    { ...whole, dates: days.map(({ item }) => item), claims: claims.map(({ item }) => item) },
    source,
  )
  const parties = draft && partiesOf(draft, names)
  if (!parties) return undefined
  return {
    found: await similarToDraft(db, { draft, parties, title, isOfKnown, names }),
    days: days.map(({ name }) => name),
    claims: claims.map(({ name }) => name),
    source,
  }
}

/** The items of a list that are valid, with the names of the fields that stand for them. */
const valid = <Item>(schema: z.ZodType<Item>, whole: JsonObject, list: string, fields: readonly Field[]) =>
  fields.flatMap(({ name, at }) => {
    const { data } = schema.safeParse(itemAt(whole, list, at))
    return data === undefined ? [] : [{ name, item: data }]
  })

/** The item of a list to which a field belongs; undefined when the field writes none. */
export const itemAt = (whole: JsonObject, list: string, at: string | null): JsonObject | undefined =>
  at === null ? undefined : itemsIn(whole, list)[Number(at.split('/')[2])]

/** What can be compared needs neither a title nor a source. */
const unnamed = { title: '–', type: 'other' } as const

/** A whole agreement as a draft, without the fields that are not valid. */
function draftIn(whole: Record<string, unknown>, source: NewSource | undefined): Proposal | undefined {
  const given: Record<string, unknown> = {
    ...whole,
    signatories: itemsIn(whole as JsonObject, 'signatories').filter((one) => NewSignature.safeParse(one).success),
    sources: [source ?? { key: 'text', title: unnamed.title }],
  }
  for (const { path } of NewAgreement.safeParse(given).error?.issues ?? []) delete given[String(path[0])]
  return NewAgreement.safeParse({ ...unnamed, ...given }).data
}

/** The first party of each side; undefined when one is missing. */
function partiesOf({ signatories }: Proposal, names: Names): [Body, Body] | undefined {
  const [one, other] = [1, 2].map((side) => {
    const first = signatories.find((signatory) => signatory.side === side && signatory.role !== 'witnessed')
    const body = first && names.body(first.signatory)
    return body && names.partyOf(body)
  })
  return one && other && one !== other ? [one, other] : undefined
}

/** The key under which an agreement has a source already. */
export const keyIn = (sources: Agreement['sources'], source: NewSource | undefined): string | undefined =>
  source &&
  sources.find((one) =>
    (['title', 'publisher', 'url', 'publishedOn'] as const).every((name) => one[name] === source[name]),
  )?.key
