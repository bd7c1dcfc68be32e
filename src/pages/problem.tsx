import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Problem, problemCodes, type ProblemError } from '../problems/problems.ts'
import { inCode } from './entries/named.ts'
import { A, Coded, sendNotice } from './page.tsx'
import { withCode } from './paths.ts'

/** The address with what was probably meant: instead of the value of a parameter, or of a name that no parameter has. */
function corrected(url: string, parameter: string, { code, didYouMean: meant = '' }: ProblemError): string {
  const [path = '', query = ''] = url.split('?')
  if (parameter === inCode) return withCode(path, meant)
  const all = [...new URLSearchParams(query)].map(([name, value]) =>
    name !== parameter ? [name, value] : code === 'unknown_parameter' ? [meant, value] : [name, meant],
  )
  return `${path}?${new URLSearchParams(all).toString()}`
}

/** Sends a problem as a page: what is wrong, and what was probably meant. */
export function sendProblemPage(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  const { code, status, message, errors, headers } = problem
  const [, title] = problemCodes[code]
  return sendNotice(request, reply.headers(headers), status, {
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
            {errors.map((error) => {
              const { parameter, message, didYouMean } = error
              return (
                <li>
                  {parameter !== undefined && parameter !== inCode && <b>{parameter}: </b>}
                  <Coded text={message} />
                  {didYouMean !== undefined && parameter !== undefined && (
                    <>
                      {' '}
                      <A to={corrected(request.url, parameter, error)}>Ask for {didYouMean}</A>
                    </>
                  )}
                </li>
              )
            })}
          </ul>
        )}
        <p class="faint">If you report this, name the request: {request.id}</p>
      </>
    ),
  })
}
