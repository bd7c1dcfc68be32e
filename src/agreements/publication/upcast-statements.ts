import type { FormerDocument } from './upcast-terms.ts'

/** What a document in format 3 shows of its status. */
interface Judged {
  status: string
  statusSince: string | null
  statusUntil: string | null
  updatedAt: string
  dates: {
    preferred: boolean
    firstDay: string | null
    lastDay: string | null
    effectiveFirstDay: string | null
    effectiveLastDay: string | null
  }[]
}

/**
 * From format 3 to format 4: no statements, and what the status rests on. The day for which it was evaluated is that of its
 * publication, in UTC.
 */
export const withStatements = (document: FormerDocument): FormerDocument => {
  const added: Record<string, unknown> = {
    ...document,
    statusBasis: basisOf(document as unknown as Judged),
    statedOn: null,
    statusStatements: [],
  }
  const order = Object.keys(document).flatMap((name) =>
    name === 'approximate'
      ? [name, 'statusBasis', 'statedOn']
      : name === 'claims'
        ? [name, 'statusStatements']
        : [name],
  )
  return Object.fromEntries(order.map((name) => [name, added[name]]))
}

function basisOf({ status, statusSince, statusUntil, updatedAt, dates }: Judged): 'recorded' | 'presumed' {
  if (status === 'unknown') return 'presumed'
  if (status === 'terminated' || statusUntil !== null) return 'recorded'
  const day = updatedAt.slice(0, 10)
  const last = dates
    .filter(({ preferred }) => preferred)
    .flatMap((date) => [date.lastDay ?? date.firstDay, date.effectiveLastDay ?? date.effectiveFirstDay])
    .reduce((a, b) => ((b ?? '') > (a ?? '') ? b : a), statusSince)
  return day <= (last ?? '') ? 'recorded' : 'presumed'
}
