import { z } from 'zod'
import type { Agreement } from '../agreements/schemas.ts'
import { signingEvents } from '../agreements/time/lifecycle.ts'
import { agreementPath } from './inputs.ts'
import type { Context, Source } from './tool.ts'

type Named = Pick<Agreement, 'id' | 'reference' | 'title'>

/** How answers name an agreement. */
export const Short = z.object({
  id: z.string(),
  reference: z.string().nullable(),
  title: z.string(),
  page: z.string().describe('A page for people.'),
})

export const shortOf = ({ id, reference, title }: Named, { link }: Context): z.infer<typeof Short> => ({
  id,
  reference,
  title,
  page: link(agreementPath(reference ?? id)),
})

/** What summaries call an agreement: a text of the register, but one of letters, digits and a few signs. */
export const nameOf = ({ id, reference }: Pick<Named, 'id' | 'reference'>): string => reference ?? id

/** The sources of an agreement, or those with some keys, without quotations. */
export const sourcesOf = (
  { sources, ...agreement }: Pick<Agreement, 'id' | 'reference' | 'sources'>,
  isAsked: (key: string) => boolean = () => true,
): Source[] =>
  sources
    .filter(({ key }) => isAsked(key))
    .map(({ key, title, publisher, publishedOn, url }) => ({
      agreement: nameOf(agreement),
      key,
      title,
      publisher,
      publishedOn,
      url,
    }))

const register = (title: string, url: string): Source => ({
  agreement: null,
  key: null,
  title,
  publisher: null,
  publishedOn: null,
  url,
})

/** The register itself, as the source of what it counted or computed. */
export const registerAsSource = (url: string): Source => register('This register, from the agreements at `url`', url)

/** The register itself, where it names no source. */
export const registerAlone = (url: string): Source => register('This register, which names no source here', url)

export const Dated = z.object({
  event: z.string().describe('The act, such as `signed` or `entered_into_force`.'),
  date: z.string().describe('EDTF, as the source gives it.'),
  effectiveDate: z.string().nullable().describe('When the act takes effect, if not on its own day.'),
  signatory: z.string().nullable().describe('The body whose act it is; null for the agreement as a whole.'),
  place: z.string().nullable(),
  preferred: z.boolean().describe('Whether the register prefers this date to others of the same act.'),
  source: z.string().nullable().describe('Key of the source that says so; null when none is recorded.'),
})

type Date = Agreement['dates'][number]

/** What a source says of an act. */
export const datedOf = (one: Date): z.infer<typeof Dated> => ({
  event: one.event,
  date: one.date,
  effectiveDate: one.effectiveDate,
  signatory: one.signatory?.code ?? null,
  place: one.place,
  preferred: one.preferred,
  source: one.source,
})

const signing: readonly string[] = signingEvents

/** What sources say of the signature. */
export const signaturesOf = ({ dates }: Pick<Agreement, 'dates'>): Date[] =>
  dates.filter(({ event }) => signing.includes(event))

/** In our own words: how many of these dates are not the preferred ones. */
export function disagreement(dates: Pick<Date, 'preferred'>[]): string {
  const others = dates.filter(({ preferred }) => !preferred).length
  return others === 0 ? '' : ` Sources disagree on the day: the register has ${others} other${others === 1 ? '' : 's'}.`
}
