import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Database } from '../../database/connect.ts'
import { signatoryLookup } from '../../registry/signatories/lookup.ts'
import { signatoryRegistry } from '../../registry/signatories/queries.ts'
import type { Signatory, SignatoryReference, Succession } from '../../registry/signatories/schemas.ts'
import type { KeptResults } from '../../agreements/list/kept-results.ts'
import { A, Fact, sendHtml } from '../page.tsx'
import { pageOf } from '../paths.ts'
import { dayInWords, grouped, inWords } from '../words.ts'
import { entriesNamed } from './named.ts'
import { readSelection, Selection } from './selection.tsx'

type Request = FastifyRequest<{ Params: { code: string } }>

/** Bodies under a body that its page names, and its other names. */
const [maxBodies, maxNames] = [50, 12]

/** The page of a party or of another body at `/signatories/{id or code}`. */
export async function signatoryPage(
  request: Request,
  reply: FastifyReply,
  today: string,
  kept: KeptResults,
): Promise<FastifyReply> {
  const { db, params } = request
  const [named] = await entriesNamed(db, signatoryLookup, [params.code])
  const body = await signatoryRegistry.read(db, named!.id)
  const isParty = body.party.code === body.code
  const filter = isParty ? { party: [body.code] } : { signatory: [body.code] }
  const [selection, below] = await Promise.all([readSelection(db, filter, { today, kept }), bodiesUnder(db, body.code)])
  return sendHtml(request, reply, {
    title: body.name,
    description: `The agreements of ${body.name}: with whom, when, on what, and which are in force.`,
    canonical: pageOf.signatory(body.code),
    api: `/v1/signatories/${encodeURIComponent(body.code)}`,
    body: (
      <article>
        <h1>{body.name}</h1>
        <About body={body} isParty={isParty} />
        <Selection {...selection} />
        <Below bodies={below.slice(0, maxBodies)} more={below.length > maxBodies} parent={body.code} />
      </article>
    ),
  })
}

async function bodiesUnder(db: Database, code: string): Promise<Signatory[]> {
  const { rows } = await signatoryRegistry.list(db, { parent: code, limit: maxBodies })
  return rows.flatMap(({ document }) => (document === null ? [] : [JSON.parse(document) as Signatory]))
}

const To = ({ body: { code, name } }: { body: SignatoryReference }) => <A to={pageOf.signatory(code)}>{name}</A>

function About({ body, isParty }: { body: Signatory; isParty: boolean }) {
  const { code, name, kind, parent, party, validFrom, validTo, predecessors, successors } = body
  const others = [...new Set([...body.names.map((one) => one.name), ...body.aliases])].filter((other) => other !== name)
  const rest = others.length - maxNames
  return (
    <>
      <dl>
        <Fact name="Kind">{inWords(kind)}</Fact>
        <Fact name="Code">{code}</Fact>
        {validFrom !== null && <Fact name="Since">{dayInWords(validFrom)}</Fact>}
        {validTo !== null && <Fact name="Until">{dayInWords(validTo)}</Fact>}
        {parent !== null && (
          <Fact name="Part of">
            <To body={parent} />
          </Fact>
        )}
        {!isParty && party.code !== parent?.code && (
          <Fact name="Acts for">
            <To body={party} />
          </Fact>
        )}
        <Successions name="Predecessors" all={predecessors} />
        <Successions name="Successors" all={successors} />
        {others.length > 0 && (
          <Fact name="Other names">
            {others.slice(0, maxNames).join(', ')}
            {rest > 0 && ` and ${grouped(rest)} more`}
          </Fact>
        )}
      </dl>
      {predecessors.length > 0 && (
        <p>
          <A
            to={`/agreements?${new URLSearchParams({ [isParty ? 'party' : 'signatory']: code, withPredecessors: 'true' }).toString()}`}
          >
            Agreements, with those of its predecessors
          </A>
        </p>
      )}
    </>
  )
}

function Successions({ name, all }: { name: string; all: Succession[] }) {
  if (all.length === 0) return null
  return (
    <Fact name={name}>
      {all.map(({ signatory, date, kind }) => (
        <div>
          <To body={signatory} />
          {(kind !== null || date !== null) && (
            <span class="faint">
              {' '}
              ({[kind && inWords(kind).toLowerCase(), date && dayInWords(date)].filter(Boolean).join(', ')})
            </span>
          )}
        </div>
      ))}
    </Fact>
  )
}

function Below({ bodies, more, parent }: { bodies: Signatory[]; more: boolean; parent: string }) {
  if (bodies.length === 0) return null
  return (
    <section>
      <h2>Bodies under it</h2>
      <ul class="many">
        {bodies.map(({ code, name, kind, validTo }) => (
          <li>
            <A to={pageOf.signatory(code)}>{name}</A>{' '}
            <span class="faint">
              ({inWords(kind).toLowerCase()}
              {validTo !== null && `, until ${dayInWords(validTo)}`})
            </span>
          </li>
        ))}
      </ul>
      {more && (
        <p class="faint">
          <A to={`/signatories?parent=${encodeURIComponent(parent)}`}>All of them</A>
        </p>
      )}
    </section>
  )
}
