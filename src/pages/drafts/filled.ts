import type { Proposal } from '../../drafts/draft.ts'
import type { Body, Names } from '../../drafts/names.ts'
import { inForceOn, signedIn, signedOn } from '../forms/add-fields.ts'
import { type Json, rowName, shownIn, type Values, writtenLanguage } from '../forms/fields.ts'
import { writtenName } from '../forms/names.ts'
import { allEntryFields, allTermFields, kindFields } from '../forms/shared-fields.ts'
import { writtenDay, writtenDuration } from '../forms/words.ts'

/** What a draft fills into the form for a new agreement. */
export interface Filled {
  values: Values
  /** The fields by the pointers of the values in the draft. */
  fieldAt: Map<string, string>
}

export function filledBy(draft: Proposal, names: Names): Filled {
  const filled: Filled = { values: new URLSearchParams(), fieldAt: new Map() }
  fillFields(draft, filled)
  fillSides(draft, names, filled)
  fillDates(draft, names, filled)
  for (const [i, code] of draft.researchDomains.entries()) {
    const topic = names.topic(code)
    put(filled, rowName('domains', i, 'name'), `/researchDomains/${i}`, topic ? writtenName(namedTopic(topic)) : code)
  }
  for (const [i, { statement }] of draft.claims.entries())
    put(filled, rowName('claims', i, 'statement'), `/claims/${i}/statement`, statement)
  fillSources(draft, filled)
  return filled
}

const namedTopic = ({ code, label }: { code: string; label: string }) => ({ code, name: label })

const writtenBody = (body: Body | undefined, code: string): string => (body ? writtenName(body) : code)

/** Fills a field, and keeps to which value of the draft it belongs. */
function put({ values, fieldAt }: Filled, name: string, pointer: string, text: string | null): void {
  values.set(name, text ?? '')
  fieldAt.set(pointer, name)
}

/** The fields that the agreement itself has. Those that stay empty are not opened. */
function fillFields(draft: Proposal, filled: Filled): void {
  for (const field of [...kindFields, ...allEntryFields, ...allTermFields]) {
    filled.fieldAt.set(field.at!, field.name)
    const text = shownIn(field, draft as Json)
    if (text !== '') filled.values.set(field.name, text)
  }
  filled.fieldAt.set('/entryIntoForce', 'entry')
}

function fillSides({ signatories }: Proposal, names: Names, filled: Filled): void {
  const rows = { 1: 0, 2: 0 }
  for (const [i, { side, signatory, representative }] of signatories.entries()) {
    const list = `side${side}`
    const name = (field: string): string => rowName(list, rows[side], field)
    const at = `/signatories/${i}`
    const body = names.body(signatory)
    const party = body && names.partyOf(body)
    const isParty = body === undefined || body === party
    put(filled, name('party'), `${at}/signatory`, writtenBody(party, signatory))
    if (!isParty) put(filled, name('body'), `${at}/signatory`, writtenBody(body, signatory))
    put(filled, name('person'), `${at}/representative/name`, representative?.name ?? null)
    put(filled, name('office'), `${at}/representative/office`, representative?.office ?? null)
    filled.fieldAt.set(`${at}/representative`, name('person'))
    rows[side] += 1
  }
}

type DraftDate = Proposal['dates'][number]

/** Whether the fields for the signature or the entry into force take a date whole. */
const isPlain = ({ signatory, effectiveDate, extension }: DraftDate): boolean =>
  signatory === null && effectiveDate === null && extension === null

/** Acts that happen again: a second one is no other date of the first. */
const repeatable = new Set<DraftDate['event']>(['amended', 'extended'])

function fillDates({ dates }: Proposal, names: Names, filled: Filled): void {
  const { values } = filled
  filled.fieldAt.set('/dates', signedOn)
  let row = 0
  for (const [i, date] of dates.entries()) {
    const at = (field: string): string => `/dates/${i}/${field}`
    const { event, place } = date
    if (event === 'signed' && isPlain(date) && !values.has(signedOn)) {
      put(filled, signedOn, at('date'), writtenDay(date.date))
      put(filled, signedIn, at('place'), place)
    } else if (event === 'entered_into_force' && isPlain(date) && place === null && !values.has(inForceOn)) {
      put(filled, inForceOn, at('date'), writtenDay(date.date))
    } else {
      fillDate(date, names, { filled, at, name: (field) => rowName('dates', row, field) })
      row += 1
    }
  }
}

interface DateAt {
  filled: Filled
  at: (field: string) => string
  name: (field: string) => string
}

function fillDate(date: DraftDate, names: Names, { filled, at, name }: DateAt): void {
  const { event, place, signatory, effectiveDate, extension } = date
  put(filled, name('event'), at('event'), event)
  put(filled, name('date'), at('date'), writtenDay(date.date))
  put(filled, name('place'), at('place'), place)
  if (repeatable.has(event)) put(filled, name('occurrence'), at('occurrence'), '')
  if (signatory !== null) put(filled, name('signatory'), at('signatory'), writtenBody(names.body(signatory), signatory))
  if (effectiveDate !== null) put(filled, name('effectiveDate'), at('effectiveDate'), writtenDay(effectiveDate))
  if (extension === null) return
  const { length, lastDay } = extension
  if (length !== null) put(filled, name('extension.length'), at('extension'), writtenDuration(length))
  else put(filled, name('extension.lastDay'), at('extension'), lastDay && writtenDay(lastDay))
}

function fillSources({ sources }: Proposal, filled: Filled): void {
  for (const [i, { title, publisher, url, publishedOn, language, quote }] of sources.entries()) {
    const fill = (field: string, text: string | null): void =>
      put(filled, rowName('sources', i, field), `/sources/${i}/${field}`, text)
    fill('title', title)
    fill('publisher', publisher)
    fill('url', url)
    fill('publishedOn', publishedOn && writtenDay(publishedOn))
    fill('language', language && writtenLanguage(language))
    fill('quote', quote)
  }
}
