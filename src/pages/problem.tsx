import type { FastifyReply, FastifyRequest } from 'fastify'
import { AgreementQuery } from '../agreements/list/filter.ts'
import { type Problem, problemCodes } from '../problems/problems.ts'
import { A, Coded, htmlOf, policy } from './page.tsx'

/** The address with what was probably meant: instead of the value of a parameter, or of a name that no parameter has. */
function corrected(url: string, parameter: string, meant: string): string {
  const [path, query = ''] = url.split('?')
  const isName = Object.hasOwn(AgreementQuery.shape, meant) && !Object.hasOwn(AgreementQuery.shape, parameter)
  const all = [...new URLSearchParams(query)].map(([name, value]) =>
    name !== parameter ? [name, value] : isName ? [meant, value] : [name, meant],
  )
  return `${path}?${new URLSearchParams(all).toString()}`
}

/** Sends a problem as a page: what is wrong, and what was probably meant. */
export function sendProblemPage(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  const { code, status, message, errors, headers } = problem
  const [, title] = problemCodes[code]
  void reply
    .code(status)
    .headers({ 'cache-control': 'no-store', 'content-security-policy': policy, ...headers })
    .type('text/html; charset=utf-8')
  return reply.send(
    htmlOf(request, {
      title,
      api: null,
      body: (
        <>
          <h1>{title}</h1>
          <p class="told wrong">
            <Coded text={message} />
          </p>
          {errors.length > 0 && (
            <ul>
              {errors.map(({ parameter, message, didYouMean }) => (
                <li>
                  {parameter !== undefined && <b>{parameter}: </b>}
                  <Coded text={message} />
                  {didYouMean !== undefined && parameter !== undefined && (
                    <>
                      {' '}
                      <A to={corrected(request.url, parameter, didYouMean)}>Ask for {didYouMean}</A>
                    </>
                  )}
                </li>
              ))}
            </ul>
          )}
          <p class="faint">If you report this, name the request: {request.id}</p>
        </>
      ),
    }),
  )
}
