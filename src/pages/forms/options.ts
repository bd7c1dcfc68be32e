import { signatureRoles } from '../../agreements/signatures/tables.ts'
import { assessments } from '../../agreements/sources/tables.ts'
import { agreementTypes, relationKinds } from '../../agreements/tables.ts'
import { lifecycleEvents, statedStatuses } from '../../agreements/time/lifecycle.ts'
import { inWords } from '../words.ts'
import type { Option } from './fields.ts'

const optionsOf = (codes: readonly string[]): Option[] => codes.map((code) => [code, inWords(code)])

const notChosen: Option = ['', 'Choose …']
const notKnown: Option = ['', 'Not known']

export const types: Option[] = [notChosen, ...optionsOf(agreementTypes)]
export const bindingForces: Option[] = [
  ['unknown', 'Not known'],
  ['binding', 'Binding'],
  ['non_binding', 'Not binding'],
]
export const acts: Option[] = [notChosen, ...optionsOf(lifecycleEvents)]
export const relations: Option[] = [notChosen, ...optionsOf(relationKinds)]
export const stated: Option[] = [notChosen, ...optionsOf(statedStatuses)]
export const assessed: Option[] = optionsOf(assessments).toReversed()
/** What kind of file a text is. */
export const files: Option[] = [
  notKnown,
  ['application/pdf', 'PDF'],
  ['text/html', 'Web page'],
  ['application/msword', 'Word, before 2007'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'Word'],
  ['text/plain', 'Plain text'],
]
export const roles: Option[] = signatureRoles.map((role) => [
  role,
  {
    signed: 'Signed',
    responsible: 'Is responsible for it',
    succeeded: 'Succeeded to another party',
    witnessed: 'Witnessed',
  }[role],
])

export const entries: Option[] = [
  notKnown,
  ['signature', 'On signature'],
  ['notes_exchanged', 'On the exchange of notes'],
  ['last_notification', 'When the last party has notified that its procedures are complete'],
  ['last_ratification', 'On the last ratification, acceptance or approval'],
  ['instruments_exchanged', 'On the exchange of instruments'],
]
export const roundings: Option[] = [
  ['', 'On that very day'],
  ['month', 'On the first day of the month that follows'],
]
export const startsOfTerm: Option[] = [
  ['entry_into_force', 'The entry into force'],
  ['signature', 'The signature'],
]
export const endsOfTerm: Option[] = [
  notKnown,
  ['ends', 'It ends'],
  ['renews', 'It renews itself, unless notice is given'],
  ['extended_if_agreed', 'It ends, unless both sides extend it'],
  ['open_ended', 'It goes on without an end'],
]
export const noticeTimes: Option[] = [
  ['any', 'At any time'],
  ['after_minimum', 'After the first term'],
]
export const exits: Option[] = [
  ['at_once', 'When the notice has run'],
  ['month_end', 'At the end of a month'],
  ['year_end', 'At the end of a year'],
  ['term_end', 'At the end of the term'],
]
