import type { FastifyReply, FastifyRequest } from 'fastify'
import { listAgreements } from '../agreements/list/list-agreements.ts'
import type { Agreement } from '../agreements/schemas.ts'
import { deadlineWords } from '../deadlines/calendar.ts'
import { listDue } from '../deadlines/queries.ts'
import { Problem } from '../problems/problems.ts'
import type { KeptResults } from '../agreements/list/kept-results.ts'
import { readStatistics } from '../statistics/queries.ts'
import { List, pathOf } from './agreements.tsx'
import { PartnersMap } from './map/figure.tsx'
import { outlines } from './map/outlines.ts'
import { readPartners } from './map/partners.ts'
import { A, Form, sendHtml } from './page.tsx'
import { questions } from './questions.ts'
import { sendRefusal } from './sign-in/refused.tsx'
import { dayInWords, grouped } from './words.ts'

/** How many agreements and deadlines the page shows. */
const few = 5

interface HomeOptions {
  today: string
  kept: KeptResults
}

/** The page at `/`: what this is, a search, figures, what was signed last and what ends next. */
export async function homePage(
  request: FastifyRequest,
  reply: FastifyReply,
  { today, kept }: HomeOptions,
): Promise<FastifyReply> {
  const { db, caller } = request
  if (caller.role === null) {
    const code = caller.via === 'none' ? 'credential_required' : 'forbidden'
    return sendRefusal(request, reply, new Problem(code, 'Reading this register requires a role.'))
  }
  const [partners, shapes, { statistics: byStatus }, { statistics: byCollection }, { rows }, { due }] =
    await Promise.all([
      readPartners(db, {}, today, kept),
      outlines(),
      readStatistics(db, { groupBy: ['status'] }, today, kept),
      readStatistics(db, { groupBy: ['collection'] }, today, kept),
      listAgreements(db, { limit: few }),
      listDue(db, {}, today, few),
    ])
  const latest = rows
    .slice(0, few)
    .flatMap(({ document }) => (document === null ? [] : [JSON.parse(document) as Agreement]))
  const inForce = byStatus.items.find(({ keys: [status] }) => status === 'in_force')?.count ?? 0
  const collections = byCollection.items.flatMap(({ keys: [code] }) => code ?? [])
  const hasSample = collections.includes('sample')
  return sendHtml(request, reply, {
    title: 'Entente',
    description: 'A register of bilateral agreements: who agreed what with whom, when, and who says so.',
    canonical: '/',
    api: '/v1/agreements?sort=-signed',
    body: (
      <>
        <h1>A register of bilateral agreements</h1>
        <p>Who agreed what with whom, when, and who says so: treaties, memoranda of understanding, arrangements.</p>
        <Form to="/agreements">
          <label>
            Search
            <input type="search" name="q" maxLength={500} />
          </label>
          <button>Search</button>
        </Form>
        <ul class="figures">
          <li>
            <b>{grouped(byStatus.total)}</b>
            <A to="/agreements">agreements</A>
          </li>
          <li>
            <b>{grouped(inForce)}</b>
            <A to="/agreements?status=in_force">in force today</A>
          </li>
          <li>
            <b>{grouped(partners.partners.length)}</b>
            <A to="/signatories">{partners.partners.length === 1 ? 'party' : 'parties'}</A>
          </li>
          <li>
            <b>{grouped(collections.length)}</b>
            <A to="/collections">{collections.length === 1 ? 'collection' : 'collections'}</A>
          </li>
        </ul>
        <p>
          Look through it by <A to="/signatories">party or body</A>, <A to="/research-domains">research domain</A>,{' '}
          <A to="/statistics?groupBy=pair">pair of parties</A>, <A to="/statistics?groupBy=signedDecade">decade</A>, on
          a <A to="/map">map</A>, as a <A to="/timeline">timeline</A> or as a <A to="/network">network</A>.
        </p>
        {hasSample && (
          <>
            <h2>Questions to begin with</h2>
            <ol>
              {questions.map(({ text, to, more = [] }) => (
                <li>
                  {[{ text, to }, ...more].map(({ text, to }) => (
                    <>
                      <A to={to}>{text}</A>{' '}
                    </>
                  ))}
                </li>
              ))}
            </ol>
          </>
        )}
        <h2>Parties with the most agreements</h2>
        <PartnersMap {...partners} shapes={shapes} query={new URLSearchParams()} limit={10} />
        <h2>Signed last</h2>
        <List items={latest} />
        <h2>Ends next</h2>
        {due.length === 0 ? (
          <p>No deadline follows from the recorded terms.</p>
        ) : (
          <ul>
            {due.map(({ occurrence: { day, kind }, agreement }) => (
              <li>
                {dayInWords(day)}, {deadlineWords[kind].toLowerCase()}: <A to={pathOf(agreement)}>{agreement.title}</A>
              </li>
            ))}
          </ul>
        )}
        <p>
          <A to="/deadlines">All deadlines of the next six months</A>
        </p>
      </>
    ),
  })
}
