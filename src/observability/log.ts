import type { IncomingMessage } from 'node:http'
import { type DestinationStream, type Logger, pino } from 'pino'
import { withoutValues } from '../problems/from-error.ts'

/**
 * Masks what a URL may contain of credentials: the code of an issuer, and keys, tokens and HTTP Basic credentials that were put
 * there by mistake. The public part of a key stays.
 */
function masked(text: string, decodings = 3): string {
  const shown = text
    .replaceAll(/(ent_[0-9A-Za-z]{12}_)\w+/g, '$1…')
    .replaceAll(/(whsec_)[\w+/-]+=*/g, '$1…')
    .replaceAll(/eyJ[\w-]*\.[\w.-]*/g, 'eyJ…')
    .replaceAll(/\b(basic[ +])[\w+/-]{20,}=*/gi, '$1…')
    .replaceAll(/([?&]code=)[^&#\s…]+/gi, '$1…')
  if (shown !== text || decodings === 0 || !text.includes('%')) return shown
  const decoded = text.replaceAll(/%([0-7][0-9a-f])/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
  const within = masked(decoded, decodings - 1)
  return within === decoded ? text : within
}

/** A request as it is logged: without headers. */
const requestOf = ({ method, url, ip }: IncomingMessage & { ip?: string }) => ({
  method,
  url: masked(url ?? ''),
  remoteAddress: ip,
})

/**
 * The log, as JSON lines. Each line of a request has its id, and its actor once it is known. Credentials, headers and
 * values bound to queries are never logged.
 * @param level `fatal` to `trace`, or `silent`
 */
export const openLog = (level: string, to?: DestinationStream): Logger =>
  pino(
    {
      level,
      serializers: { req: requestOf, err: withoutValues, error: withoutValues },
      hooks: {
        /** The message of an error may contain values: its name is logged instead. */
        logMethod([first, ...rest], method) {
          const error: unknown = first instanceof Error ? first : (first as { err?: unknown } | undefined)?.err
          if (!(error instanceof Error) || rest.length > 0) return method.apply(this, [first, ...rest] as never)
          return method.apply(this, [first instanceof Error ? { err: first } : first, error.name] as never)
        },
      },
    },
    to ?? standardOutput(),
  )

/** At most so many UTF-16 units of lines are kept for one write. */
const maxKept = 65_536

/**
 * Standard output; when its reader is gone, lines are lost without an error. Pino's own destination would retry the last
 * write forever, and keep the process from ending. The lines of one turn of the event loop are written at once, since a
 * write costs more than a line.
 */
function standardOutput(): DestinationStream {
  let lines = ''
  const flush = () => {
    if (lines !== '') process.stdout.write(lines)
    lines = ''
  }
  process.stdout.on('error', () => {})
  process.on('exit', flush)
  return {
    write(line) {
      if (lines === '') setImmediate(flush)
      lines += line
      if (lines.length > maxKept) flush()
    },
  }
}
