import { sendJson } from '../http/responses.ts'
import type { App, Dependencies } from '../http/routes.ts'
import { problems } from '../problems/problems.ts'
import type { NoDraft } from './draft.ts'
import { messageOf, readByNames } from './read.ts'
import { Draft, type DraftValue, DraftInput } from './schemas.ts'
import { similarToDraft } from './similar.ts'

export async function draftRoutes(app: App, { db: pooled, today }: Dependencies): Promise<void> {
  app.post(
    '/drafts',
    {
      config: { role: 'reader', needsCredential: true, storesAnswer: false },
      schema: {
        tags: ['Import'],
        operationId: 'suggestDraft',
        summary: 'Read a text, such as a news article, and propose an agreement',
        description:
          'Stores nothing. Names of bodies are those of the register, in all languages; days, types, places, terms, people, topics and claims are read by rules. Each value comes with the words that it was read from. Correct the draft, then send it to `POST /v1/agreements`; or add its dates to the agreement that the register has already (`similar`), as competing values.',
        body: DraftInput,
        response: { 200: Draft, ...problems(400, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { body, db } = request
      const { read, names } = await readByNames(db, pooled, body, today())
      const found = typeof read.found === 'string' ? undefined : read.found
      const compared = found
        ? await similarToDraft(db, {
            draft: found.agreement,
            parties: found.sides.map(({ party }) => party),
            title: body.title,
            isOfKnown: found.isOfKnown,
            names,
          })
        : []
      return sendJson(reply.header('cache-control', 'no-store'), {
        result: found ? 'agreement' : (read.found as NoDraft),
        message: messageOf(read),
        language: read.language,
        plainText: read.plainText,
        agreement: found?.agreement ?? null,
        values: found ? inCodePoints(found.values, { text: read.plainText ?? body.text, title: body.title ?? '' }) : [],
        missing: found?.missing.map(({ pointer, message }) => ({ pointer, message })) ?? [],
        similar: compared.map(({ similar }) => similar),
      } satisfies Draft)
    },
  )
}

/** Evidence counted in code points: JSON and most languages count so, JavaScript in UTF-16 units. */
function inCodePoints(values: DraftValue[], texts: { text: string; title: string }): DraftValue[] {
  const counts = { text: codePointsBefore(texts.text), title: codePointsBefore(texts.title) }
  return values.map((value) => {
    const { in: where, start, end, words } = value.evidence
    return { ...value, evidence: { in: where, start: counts[where](start), end: counts[where](end), words } }
  })
}

/** The number of code points before a place in UTF-16 units. */
function codePointsBefore(text: string): (place: number) => number {
  const pairs: number[] = []
  for (const { index } of text.matchAll(/[\u{10000}-\u{10ffff}]/gu)) pairs.push(index)
  return (place) => {
    let [low, high] = [0, pairs.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (pairs[middle]! < place) low = middle + 1
      else high = middle
    }
    return place - low
  }
}
