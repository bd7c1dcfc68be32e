import type { FastifyReply, FastifyRequest } from 'fastify'
import { idOfHandle } from '../../agreements/handles.ts'
import { readAgreement } from '../../agreements/queries.ts'
import type { Agreement } from '../../agreements/schemas.ts'
import { A, sendHtml } from '../page.tsx'
import { readOthers } from '../relations.tsx'
import { dayInWords, inWords, ordinal } from '../words.ts'
import { allKey } from './part.ts'
import { writtenAgreement } from './agreement-names.ts'
import { writtenLanguage } from './fields.ts'
import { editPaths } from './paths.ts'

/** What of an agreement can be edited: each part is a link to its form. */
export async function editPage(
  request: FastifyRequest<{ Params: { id: string } }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { db, params } = request
  const id = await idOfHandle(db, params.id, false)
  const agreement = JSON.parse((await readAgreement(db, id)).document) as Agreement
  const handle = encodeURIComponent(agreement.reference ?? id)
  const { title, dates, signatories, researchDomains, sources } = agreement
  const others = await readOthers(db, agreement)
  const { relations, identifiers, alternativeTitles, documents, statusStatements, claims } = agreement
  const titleOfSource = (of: string | null) => sources.find(({ key }) => key === of)?.title
  return sendHtml(request, reply, {
    title: `Edit: ${title}`,
    api: null,
    body: (
      <>
        <h1>Edit</h1>
        <p>
          <A to={`/agreements/${handle}`}>{title}</A>
        </p>
        <h2>What it is</h2>
        <p>
          <A to={editPaths.part(handle, 'fields', allKey)}>Change its title, type, entry into force and term</A>
        </p>
        <Items handle={handle} list="dates" title="Dates" add="Add a date">
          {dates.map(({ id, event, occurrence, date, signatory, source, preferred }) => [
            id,
            `${inWords(event)}, ${dayInWords(date)}`,
            [
              occurrence > 1 ? `the ${ordinal(occurrence)} of this kind` : undefined,
              signatory?.name,
              titleOfSource(source),
              preferred ? undefined : 'does not count: another date of this act does',
            ],
          ])}
        </Items>
        <Items handle={handle} list="signatories" title="Signatories" add="Add a signatory">
          {signatories.map(({ id, side, signatory, party, role }) => [
            id,
            signatory.name,
            [`side ${side}`, signatory.id === party.id ? undefined : `for ${party.name}`, inWords(role).toLowerCase()],
          ])}
        </Items>
        <h2>Research domains</h2>
        <p>
          {researchDomains.length > 0 && `${researchDomains.map(({ label }) => label).join(', ')}. `}
          <A to={editPaths.part(handle, 'research-domains', allKey)}>Change what it covers</A>
        </p>
        <Items handle={handle} list="sources" title="Sources" add="Add a source">
          {sources.map(({ key, title, publisher }) => [key, title, [publisher ?? undefined]])}
        </Items>
        <Items handle={handle} list="relations" title="Related agreements" add="Add a relation">
          {relations.map(({ kind, agreement: other }, i) => [
            placeKey(i),
            `${inWords(kind)}: ${writtenAgreement(others.get(other))}`,
            [],
          ])}
        </Items>
        <Items handle={handle} list="numbers" title="Numbers" add="Add a number">
          {identifiers.map(({ scheme, value }, i) => [placeKey(i), `${scheme.toUpperCase()} ${value}`, []])}
        </Items>
        <Items handle={handle} list="titles" title="Titles in other languages" add="Add a title">
          {alternativeTitles.map(({ language, title }, i) => [placeKey(i), title, [writtenLanguage(language)]])}
        </Items>
        <Items handle={handle} list="texts" title="Texts" add="Add a text">
          {documents.map(({ title, language }, i) => [placeKey(i), title, [language ? writtenLanguage(language) : '']])}
        </Items>
        <Items handle={handle} list="statements" title="Status as sources state it" add="Add a statement">
          {statusStatements.map(({ status, on, source }, i) => [
            placeKey(i),
            `${inWords(status)} on ${dayInWords(on)}`,
            [titleOfSource(source)],
          ])}
        </Items>
        <Items handle={handle} list="claims" title="What is said about it" add="Add a claim">
          {claims.map(({ statement, assessment, source }, i) => [
            placeKey(i),
            statement,
            [inWords(assessment).toLowerCase(), titleOfSource(source)],
          ])}
        </Items>
        <h2>Delete</h2>
        <p>
          <A to={editPaths.deletion(handle)}>Delete this agreement</A>
        </p>
      </>
    ),
  })
}

/** The key of an item that is named by its place. */
const placeKey = (index: number): string => String(index + 1)

interface ItemsProps {
  handle: string
  list: string
  title: string
  add: string
  /** Of each item its key, its name, and what tells it from others. */
  children: [key: string, name: string, about: (string | undefined)[]][]
}

function Items({ handle, list, title, add, children }: ItemsProps) {
  return (
    <>
      <h2>{title}</h2>
      <ul>
        {children.map(([key, name, about]) => (
          <li>
            <A to={editPaths.part(handle, list, encodeURIComponent(key))}>{name}</A>{' '}
            <span class="faint">{about.filter(Boolean).join(', ')}</span>
          </li>
        ))}
      </ul>
      <p>
        <A to={editPaths.part(handle, list)}>{add}</A>
      </p>
    </>
  )
}
