import type { FastifyReply, FastifyRequest } from 'fastify'
import { asksFor, queryOf } from '../http/responses.ts'
import { sendProblem } from '../http/send-problem.ts'
import { countProblem, type Problem, problemCodes, type ProblemError } from '../problems/problems.ts'
import { searchAt } from '../registry/lookup.ts'
import { at } from './asked.ts'
import { inCode } from './entries/named.ts'
import { inHandle } from './named-agreement.ts'
import { A, Coded, sendNotice } from './page.tsx'
import { withCode } from './paths.ts'

/** The address with what was probably meant: instead of the value of a parameter, or of a name that no parameter has. */
function corrected(url: string, parameter: string, { code, didYouMean: meant = '' }: ProblemError): string {
  const [path = '', query = ''] = url.split('?')
  if (parameter === inCode) return withCode(path, meant)
  if (parameter === inHandle && code === 'unknown_reference') {
    const [root, agreements, , ...rest] = path.split('/')
    return [root, agreements, encodeURIComponent(meant), ...rest].join('/') + (query && `?${query}`)
  }
  const all = [...new URLSearchParams(query)].map(([name, value]) =>
    name !== parameter ? [name, value] : code === 'unknown_parameter' ? [meant, value] : [name, meant],
  )
  return `${path}?${new URLSearchParams(all).toString()}`
}

/** The lists of what parameters and paths name. */
const lists: Record<string, { list: string; what: string }> = {
  party: { list: 'signatories', what: 'parties and bodies' },
  pair: { list: 'signatories', what: 'parties and bodies' },
  signatory: { list: 'signatories', what: 'parties and bodies' },
  parent: { list: 'signatories', what: 'parties and bodies' },
  researchDomain: { list: 'research-domains', what: 'research domains' },
  collection: { list: 'collections', what: 'collections' },
  signatories: { list: 'signatories', what: 'parties and bodies' },
  pairs: { list: 'signatories', what: 'parties and bodies' },
  'research-domains': { list: 'research-domains', what: 'research domains' },
  collections: { list: 'collections', what: 'collections' },
  agreements: { list: 'agreements', what: 'agreements' },
}

/** A link to the search for a name that nothing has. */
function SearchFor({ of, words }: { of: string; words: string }) {
  const found = lists[of]
  if (found === undefined || words.trim() === '') return null
  const { list, what } = found
  return (
    <A to={at(`/${list}`, new URLSearchParams({ q: words }))}>
      Search for “{words}” among {what}
    </A>
  )
}

/** The name in a path that nothing has, and of what it is. */
function namedIn(url: string): { of: string; words: string } | undefined {
  const [, of = '', name, further] = url.split('?', 1)[0]!.split('/')
  return name === undefined || further !== undefined || !Object.hasOwn(lists, of)
    ? undefined
    : { of, words: decodeURIComponent(name).replaceAll(',', ' ').slice(0, 200).toWellFormed() }
}

const uuids = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi

/** A message without the ids that nobody asked for. */
const forPeople = (message: string, url: string): string =>
  message.replaceAll(uuids, (id) => (url.toLowerCase().includes(id.toLowerCase()) ? id : '…'))

/** Whether a browser asks for a path outside the API. */
const isForPeople = (request: FastifyRequest): boolean =>
  ['GET', 'HEAD'].includes(request.method) && !/^\/v\d/.test(request.url) && asksFor(request, 'text/html')

/** Sends a problem as a page to a browser that asks for a path outside the API, and as JSON to everybody else. */
export const sendToCaller: typeof sendProblem = (request, reply, problem) =>
  (isForPeople(request) ? sendProblemPage : sendProblem)(request, reply, problem)

/** Sends a problem as a page: what is wrong, and what was probably meant. */
export function sendProblemPage(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  const { code, status, message, errors, headers } = problem
  const { url, id } = request
  const [, title] = problemCodes[code]
  const named = status === 404 ? namedIn(url) : undefined
  const isSaid = errors.length > 0 && errors.every((error) => message.includes(error.message))
  countProblem(code)
  void reply.removeHeader('content-location').headers({ 'x-request-id': id, ...headers })
  return sendNotice(request, reply, status, {
    title,
    api: null,
    body: (
      <>
        <h1>{title}</h1>
        {!isSaid && (
          <p class="told wrong">
            <Coded text={forPeople(message, url)} />
          </p>
        )}
        {errors.length > 0 && (
          <ul class={isSaid ? 'told wrong' : undefined}>
            {errors.map((error) => (
              <Wrong error={error} url={url} />
            ))}
          </ul>
        )}
        {named !== undefined && (
          <p>
            <SearchFor {...named} />
          </p>
        )}
        <p>
          <A to="/">Home</A> · <A to="/agreements">All agreements</A> · <A to="/signatories">Parties and bodies</A> ·{' '}
          <A to="/docs">API</A>
        </p>
        <details class="faint">
          <summary>To report this</summary>
          <p>Name the request: {id}</p>
        </details>
      </>
    ),
  })
}

/** What is wrong at one place, with a link to what was probably meant. */
function Wrong({ error, url }: { error: ProblemError; url: string }) {
  const { parameter, code, message, didYouMean, conflictsWith } = error
  const list = parameter === undefined ? undefined : lists[parameter]
  const given = new URLSearchParams(queryOf(url)).getAll(parameter ?? '')
  const text = list === undefined ? message : message.replace(searchAt(list.list), '')
  return (
    <li>
      {parameter !== undefined && parameter !== inCode && parameter !== inHandle && <b>{parameter}: </b>}
      <Coded text={forPeople(text, url)} />{' '}
      {didYouMean !== undefined && parameter !== undefined && (
        <A to={corrected(url, parameter, error)}>Ask for {didYouMean}</A>
      )}
      {didYouMean === undefined && code === 'unknown_code' && given.length === 1 && (
        <SearchFor of={parameter!} words={given[0]!} />
      )}
      {conflictsWith !== undefined && <A to={conflictsWith.replace(/^\/v1/, '')}>Open this one</A>}
    </li>
  )
}
