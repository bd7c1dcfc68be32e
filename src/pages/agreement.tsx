import type { FastifyReply, FastifyRequest } from 'fastify'
import { idOfHandle } from '../agreements/handles.ts'
import { onDay } from '../agreements/publication/representation.ts'
import { readAgreement, readAgreementAsOf } from '../agreements/queries.ts'
import type { Agreement, ReadQuery } from '../agreements/schemas.ts'
import { queryOf } from '../http/responses.ts'
import type { VersionEntry } from '../versions/schemas.ts'
import { listVersions } from '../versions/queries.ts'
import { Dates } from './dates.tsx'
import { History } from './history.tsx'
import { Life } from './life.tsx'
import { A, Coded, Fact, Form, sendHtml } from './page.tsx'
import { pageOf } from './paths.ts'
import { sentenceOf } from './status.tsx'
import { dayInWords, inWords } from './words.ts'

type Request = FastifyRequest<{ Params: { id: string }; Querystring: ReadQuery }>

/** Versions that the page shows. */
const mostVersions = 20

/** The page of an agreement at `/agreements/{id, reference or identifier}`, on a day and as known at an instant. */
export async function agreementPage(request: Request, reply: FastifyReply, today: string): Promise<FastifyReply> {
  const { db, params, query } = request
  const id = await idOfHandle(db, params.id, query.asOf !== undefined)
  const { document } = query.asOf ? await readAgreementAsOf(db, id, query.asOf) : await readAgreement(db, id)
  const agreement = onDay(JSON.parse(document) as Agreement, query.on ?? today)
  const { rows } = await listVersions(db, id, { limit: mostVersions })
  const versions = rows.slice(0, mostVersions).map((row) => JSON.parse(row.document) as VersionEntry)
  const asked = queryOf(request.url)
  const api = `/v1/agreements/${encodeURIComponent(agreement.reference ?? id)}`
  return sendHtml(request, reply, {
    title: agreement.title,
    api: `${api}${asked && `?${asked}`}`,
    body: (
      <article>
        <h1 lang={agreement.titleIsDescriptive ? undefined : agreement.languages[0]}>{agreement.title}</h1>
        <Asked query={query} />
        <p class="status">{sentenceOf(agreement)}</p>
        {agreement.exitDay !== null && (
          <p>
            If notice were given on {dayInWords(query.on ?? today)}, it would end on {dayInWords(agreement.exitDay)}.
          </p>
        )}
        {agreement.summary !== null && <p>{agreement.summary}</p>}
        <Life agreement={agreement} today={today} />
        <Sides agreement={agreement} />
        <Dates agreement={agreement} />
        <Facts agreement={agreement} />
        <Claims agreement={agreement} />
        <Sources agreement={agreement} />
        <Warnings agreement={agreement} />
        <Other query={query} path={`/agreements/${encodeURIComponent(params.id)}`} />
        <History versions={versions} all={`${api}/versions`} />
        <Cite agreement={agreement} api={api} />
      </article>
    ),
  })
}

/** That the page is of another day or instant than today. */
function Asked({ query: { on, asOf } }: { query: ReadQuery }) {
  if (on === undefined && asOf === undefined) return null
  return (
    <p class="told">
      {on !== undefined && `As it was in law on ${dayInWords(on)}. `}
      {asOf !== undefined && `As the register had it at ${new Date(asOf).toISOString()}. `}
    </p>
  )
}

function Sides({ agreement: { signatories } }: { agreement: Agreement }) {
  return (
    <section>
      <h2>Sides</h2>
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

function Facts({ agreement }: { agreement: Agreement }) {
  const { reference, type, binding, languages, researchDomains, collection, identifiers, documents } = agreement
  const { noticeDeadline, nextExpiry } = agreement
  return (
    <section>
      <h2>About it</h2>
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
        {languages.length > 0 && <Fact name="Languages">{languages.join(', ')}</Fact>}
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
                  {title ?? url}
                </a>
                {language !== null && ` (${language})`}
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
      <h2>What is said about it</h2>
      <ul>
        {claims.map(({ statement, assessment, note, source }) => (
          <li>
            “{statement}” – <strong>{inWords(assessment).toLowerCase()}</strong>
            {note !== null && `. ${note}`}
            {source !== null && (
              <span class="faint"> Source: {sources.find(({ key }) => key === source)?.title ?? source}.</span>
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
      <h2>Sources</h2>
      <ul>
        {sources.map(({ title, publisher, url, publishedOn, quote }) => (
          <li>
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

/** The same agreement on another day, and as known at another instant. */
function Other({ query, path }: { query: ReadQuery; path: string }) {
  return (
    <section>
      <h2>On another day</h2>
      <Form to={path}>
        <label>
          In law on
          <input type="date" name="on" value={query.on ?? ''} />
        </label>
        {query.asOf !== undefined && <input type="hidden" name="asOf" value={query.asOf} />}
        <button>Show</button>
      </Form>
    </section>
  )
}

function Cite({ agreement, api }: { agreement: Agreement; api: string }) {
  const formats = { 'CSL-JSON': 'csl', RIS: 'ris', BibTeX: 'bibtex', 'JSON-LD': 'jsonld' }
  return (
    <section>
      <h2>How to cite it</h2>
      <p>
        {agreement.title}, version {agreement.version}
        {agreement.reference !== null && `, ${agreement.reference}`}.{' '}
        {Object.entries(formats).map(([name, format], i) => (
          <>
            {i > 0 && ', '}
            <A to={`${api}?format=${format}`}>{name}</A>
          </>
        ))}
      </p>
    </section>
  )
}
