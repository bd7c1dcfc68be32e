import type { IncomingMessage } from 'node:http'
import { type DestinationStream, type Logger, pino } from 'pino'
import { withoutValues } from '../problems/from-error.ts'

/** Keys and tokens, wherever they were put by mistake: in an address, say. What tells them apart stays. */
function masked(text: string, decodings = 3): string {
  const shown = text.replaceAll(/(ent_[0-9A-Za-z]{12}_)\w+/g, '$1…').replaceAll(/eyJ[\w-]*\.[\w.-]*/g, 'eyJ…')
  if (shown !== text || decodings === 0 || !text.includes('%')) return shown
  const decoded = text.replaceAll(/%([0-7][0-9a-f])/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
  const within = masked(decoded, decodings - 1)
  return within === decoded ? text : within
}

/** Of a request, what helps to find it; none of its headers. */
const requestOf = ({ method, url, ip }: IncomingMessage & { ip?: string }) => ({
  method,
  url: masked(url ?? ''),
  remoteAddress: ip,
})

/**
 * The log, as JSON lines: each line of a request has its id, and its actor once that is known. No credential, no header
 * and no value that was bound to a query is in it.
 * @param level `fatal` to `trace`, or `silent`
 */
export const openLog = (level: string, to?: DestinationStream): Logger =>
  pino(
    {
      level,
      serializers: { req: requestOf, err: withoutValues, error: withoutValues },
      hooks: {
        /** The message of an error may hold values: a line takes its name instead. */
        logMethod([first, ...rest], method) {
          const error: unknown = first instanceof Error ? first : (first as { err?: unknown } | undefined)?.err
          if (!(error instanceof Error) || rest.length > 0) return method.apply(this, [first, ...rest] as never)
          return method.apply(this, [first instanceof Error ? { err: first } : first, error.name] as never)
        },
      },
    },
    to ?? standardOutput(),
  )

/**
 * Standard output, where a reader that is gone is no error: lines are then lost. Pino's own destination would try to
 * write the last of them for ever, and hold up the end of the process.
 */
function standardOutput(): DestinationStream {
  process.stdout.on('error', () => {})
  return process.stdout
}
