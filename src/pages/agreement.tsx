import type { FastifyReply, FastifyRequest } from 'fastify'
import { onDay } from '../agreements/publication/representation.ts'
import { z } from 'zod'
import { hasRole } from '../auth/callers.ts'
import { readAgreement, readAgreementAsOf } from '../agreements/queries.ts'
import { type Agreement, ReadQuery } from '../agreements/schemas.ts'
import { baseOf } from '../http/addresses.ts'
import type { VersionEntry } from '../versions/schemas.ts'
import { listVersions } from '../versions/queries.ts'
import { pathOf } from './agreements.tsx'
import { AgreementOnAnotherDay, NotToday } from './another-day.tsx'
import { askedOf, at, withValues } from './asked.ts'
import { Cite } from './cite.tsx'
import { Dates, SourceLink } from './dates.tsx'
import { writtenLanguage } from './forms/fields.ts'
import { editPaths } from './forms/paths.ts'
import { History } from './history.tsx'
import { Life } from './life.tsx'
import { idOfNamed } from './named-agreement.ts'
import { A, Coded, Fact, sendHtml } from './page.tsx'
import { pageOf } from './paths.ts'
import { type Others, readOthers, Relations } from './relations.tsx'
import { sentenceOf, Statements } from './status.tsx'
import { entryInWords, termInWords } from './term.ts'
import { dayInWords, inWords, listed } from './words.ts'

/** What was just done, in words. */
const done = {
  added: 'The agreement was added.',
  changed: 'The change was saved.',
  unchanged: 'Nothing was changed: the register has it so already.',
  restored: 'The agreement was restored.',
}

export const AgreementPageQuery = ReadQuery.extend({
  done: z.enum(Object.keys(done) as (keyof typeof done)[]).optional(),
})

type Request = FastifyRequest<{ Params: { id: string }; Querystring: z.infer<typeof AgreementPageQuery> }>

/** Versions that the page shows. */
const maxVersions = 20

/** The page of an agreement at `/agreements/{id, reference or identifier}`, on a day and as known at an instant. */
export async function agreementPage(request: Request, reply: FastifyReply, today: string): Promise<FastifyReply> {
  const { db, params, query } = request
  const { asOf } = query
  const id = await idOfNamed(db, params.id, asOf !== undefined)
  const { document } = asOf ? await readAgreementAsOf(db, id, asOf) : await readAgreement(db, id)
  const day = query.on ?? (asOf && instantDay(asOf)) ?? today
  const agreement = onDay(JSON.parse(document) as Agreement, day)
  const [{ rows }, others] = await Promise.all([
    listVersions(db, id, { limit: maxVersions }),
    readOthers(db, agreement),
  ])
  const versions = rows.slice(0, maxVersions).map((row) => JSON.parse(row.document) as VersionEntry)
  const asked = withValues(askedOf(request), { done: undefined })
  const path = pathOf(agreement)
  const isNow = query.on === undefined && asOf === undefined
  return sendHtml(request, reply, {
    title: agreement.title,
    description: descriptionOf(agreement),
    canonical: path,
    api: at(`/v1${path}`, asked),
    body: (
      <article>
        <h1 lang={agreement.titleIsDescriptive ? undefined : agreement.languages[0]}>{agreement.title}</h1>
        <OtherTitles agreement={agreement} />
        {query.done !== undefined && (
          <p class="told" role="status">
            {done[query.done]}
          </p>
        )}
        <NotToday query={asked} to={path} />
        {hasRole(request.caller.role, 'editor') && asOf === undefined && (
          <p>
            <A to={editPaths.agreement(encodeURIComponent(agreement.reference ?? id))}>Edit</A>
          </p>
        )}
        <p class="status">{sentenceOf(agreement)}</p>
        {agreement.exitDay !== null && (
          <p>
            If notice were given {isNow ? 'today' : `on ${dayInWords(day)}`}, it would end on{' '}
            {dayInWords(agreement.exitDay)}.
          </p>
        )}
        {agreement.summary !== null && <p>{agreement.summary}</p>}
        <Life agreement={agreement} today={today} />
        <Sides agreement={agreement} />
        <Dates agreement={agreement} />
        <Statements agreement={agreement} />
        <Facts agreement={agreement} others={others} />
        <Claims agreement={agreement} />
        <Relations agreement={agreement} others={others} />
        <Sources agreement={agreement} />
        <Warnings agreement={agreement} />
        <AgreementOnAnotherDay query={asked} to={path} />
        <History versions={versions} all={`/v1${path}/versions`} others={others} />
        <Cite agreement={agreement} api={`/v1${path}`} url={`${baseOf(request)}${path}`} />
      </article>
    ),
  })
}

const instantDay = (instant: string): string => new Date(instant).toISOString().slice(0, 10)

/** Characters of a description for search engines. */
const maxDescription = 300

function descriptionOf({ type, parties, summary, ...agreement }: Agreement): string {
  const what = `${inWords(type)} of ${listed(parties.map(({ name }) => name))}. ${sentenceOf(agreement)}`
  return [what, summary ?? ''].join(' ').trim().slice(0, maxDescription).toWellFormed()
}

function OtherTitles({ agreement: { titleIsDescriptive, alternativeTitles } }: { agreement: Agreement }) {
  return (
    <>
      {titleIsDescriptive && <p class="faint">A description: the official title is not known.</p>}
      {alternativeTitles.map(({ language, title }) => (
        <p class="faint" lang={language}>
          {title}
        </p>
      ))}
    </>
  )
}

function Sides({ agreement: { signatories } }: { agreement: Agreement }) {
  return (
    <section>
      <h2 id="sides">Sides</h2>
      <div class="sides">
        {[1, 2].map((side) => (
          <div>
            <h3>Side {side}</h3>
            <ul>
              {signatories
                .filter((one) => one.side === side)
                .map(({ signatory, party, role, representative }) => (
                  <li>
                    <A to={pageOf.signatory(signatory.code)}>{signatory.name}</A>
                    {signatory.id !== party.id && (
                      <>
                        {' '}
                        for <A to={pageOf.signatory(party.code)}>{party.name}</A>
                      </>
                    )}
                    <br />
                    <span class="faint">
                      {inWords(role)}
                      {representative !== null &&
                        ` by ${[representative.name, representative.office].filter(Boolean).join(', ')}`}
                    </span>
                  </li>
                ))}
            </ul>
          </div>
        ))}
      </div>
    </section>
  )
}

function Facts({ agreement, others }: { agreement: Agreement; others: Others }) {
  const { reference, type, binding, languages, researchDomains, collection, identifiers, documents } = agreement
  const { noticeDeadline, nextExpiry, term, entryIntoForce } = agreement
  const runs = term === null ? '' : termInWords(term)
  const endsWith = term?.endsWith ? others.get(term.endsWith) : undefined
  return (
    <section>
      <h2 id="about">About it</h2>
      <dl>
        <dt>Type</dt>
        <dd>
          {inWords(type)}, {binding === 'unknown' ? 'not known whether binding' : inWords(binding).toLowerCase()}
        </dd>
        {reference !== null && <Fact name="Reference">{reference}</Fact>}
        {identifiers.length > 0 && (
          <Fact name="Numbers">
            {identifiers.map(({ scheme, value }) => `${scheme.toUpperCase()} ${value}`).join('; ')}
          </Fact>
        )}
        {languages.length > 0 && <Fact name="Languages">{languages.map(writtenLanguage).join(', ')}</Fact>}
        {entryIntoForce !== null && <Fact name="Entry into force">{entryInWords(entryIntoForce)}</Fact>}
        {runs !== '' && <Fact name="Term">{runs}</Fact>}
        {endsWith !== undefined && (
          <Fact name="Ends with">
            <A to={pathOf(endsWith)}>{endsWith.title}</A>
          </Fact>
        )}
        {nextExpiry !== null && <Fact name="Its term ends">{dayInWords(nextExpiry)}</Fact>}
        {noticeDeadline !== null && <Fact name="Notice until">{dayInWords(noticeDeadline)}</Fact>}
        {researchDomains.length > 0 && (
          <Fact name="Domains">
            {researchDomains.map(({ scheme, code, label }, i) => (
              <>
                {i > 0 && ', '}
                <A to={pageOf.domain(`${scheme}:${code}`)}>{label}</A>
              </>
            ))}
          </Fact>
        )}
        {collection !== null && (
          <Fact name="Collection">
            <A to={pageOf.collection(collection.code)}>{collection.name}</A>
          </Fact>
        )}
        {documents.length > 0 && (
          <Fact name="Texts">
            {documents.map(({ url, title, language }) => (
              <div>
                <a href={url} rel="external nofollow">
                  {title}
                </a>
                {language !== null && ` (${writtenLanguage(language)})`}
              </div>
            ))}
          </Fact>
        )}
      </dl>
    </section>
  )
}

function Claims({ agreement: { claims, sources } }: { agreement: Agreement }) {
  if (claims.length === 0) return null
  return (
    <section>
      <h2 id="claims">What is said about it</h2>
      <ul>
        {claims.map(({ statement, assessment, note, source }) => (
          <li>
            “{statement}” – <strong>{inWords(assessment).toLowerCase()}</strong>
            {note !== null && `. ${note}`}
            {source !== null && (
              <span class="faint">
                {' '}
                Source: <SourceLink sources={sources} of={source} />.
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Sources({ agreement: { sources } }: { agreement: Agreement }) {
  if (sources.length === 0) return null
  return (
    <section>
      <h2 id="sources">Sources</h2>
      <ul>
        {sources.map(({ key, title, publisher, url, publishedOn, quote }) => (
          <li id={`source-${key}`}>
            {url === null ? (
              title
            ) : (
              <a href={url} rel="external nofollow">
                {title}
              </a>
            )}
            {[publisher, publishedOn && dayInWords(publishedOn)].filter(Boolean).map((text) => `, ${text}`)}
            {quote !== null && (
              <>
                <br />
                <q>{quote}</q>
              </>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Warnings({ agreement: { warnings } }: { agreement: Agreement }) {
  if (warnings.length === 0) return null
  return (
    <section>
      <h2>What looks wrong</h2>
      <ul>
        {warnings.map(({ message }) => (
          <li>
            <Coded text={message} />
          </li>
        ))}
      </ul>
    </section>
  )
}
