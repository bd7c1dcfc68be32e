import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../../http/routes.ts'
import { messageOf, readByNames } from '../../drafts/read.ts'
import type { DraftInput } from '../../drafts/schemas.ts'
import type { TextRead } from '../../drafts/draft.ts'
import { Problem } from '../../problems/problems.ts'
import { addAgreement } from '../forms/add.tsx'
import { moreField } from '../forms/controls.tsx'
import { rowName, type Values, writtenLanguage } from '../forms/fields.ts'
import { newToken, tokenField } from '../forms/once.ts'
import { sentValues } from '../forms/sent.ts'
import { writtenDay } from '../forms/words.ts'
import { type DraftDependencies, draftPage, sendDraft, textButton } from './draft-page.tsx'
import { filledBy } from './filled.ts'
import { againField, knownField } from './in-register.tsx'
import { addToKnown } from './known.ts'
import { byHandField, sendPaste } from './paste.tsx'
import { textFields, textIn } from './text.ts'

/** Pages on which a text becomes an agreement: the text, the form that it fills, and what the register has already. */
export async function draftPages(app: App, deps: DraftDependencies): Promise<void> {
  // A byte of a text has up to three characters in a form, and the end of a line six.
  const config = { role: 'editor', storesAnswer: false, maxForm: 1280 * 1024 } as const
  const hidden = { config, schema: { hide: true } }

  app.get('/drafts', hidden, async (request, reply) =>
    sendPaste(request, reply, { values: new URLSearchParams({ [tokenField]: newToken() }) }),
  )
  app.post('/drafts', hidden, async (request, reply) => readSent(request, reply, deps))
  app.post('/drafts/agreement', hidden, async (request, reply) => {
    const values = sentValues(request)
    if (values.has(textButton)) return sendPaste(request, reply, { values })
    if (values.has(againField)) return sendDraft(request, reply, deps, { values })
    if (values.has(knownField) && !values.has(moreField)) return addToKnown(request, reply, deps)
    return addAgreement(request, reply, deps.today, draftPage(deps))
  })
}

/** Reads the text of a form, and shows the form that it fills; or the text again with why it gives no draft. */
async function readSent(request: FastifyRequest, reply: FastifyReply, deps: DraftDependencies): Promise<FastifyReply> {
  const values = sentValues(request)
  const given = textOrProblem(values)
  if (given instanceof Problem) return sendPaste(request, reply, { values, problem: given })
  const reading = await readByNames(request.db, deps.db, given, deps.today())
  const { read, names } = reading
  const isGoingOn = values.has(byHandField)
  if (typeof read.found === 'string' && !isGoingOn)
    return sendPaste(request, reply, { values, message: messageOf(read) })
  const filled = typeof read.found === 'string' ? sourceOnly(given, read) : filledBy(read.found.agreement, names).values
  for (const { name } of textFields) filled.set(name, values.get(name) ?? '')
  filled.set(tokenField, newToken())
  return sendDraft(request, reply, deps, { values: filled }, { reading })
}

function textOrProblem(values: Values): DraftInput | Problem {
  try {
    return textIn(values)
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}

/** The form for a text that gives no draft: the text is its source. */
function sourceOnly(given: DraftInput, { plainText, language }: TextRead): Values {
  const { text, title, publisher, url, publishedOn } = given
  const source = {
    title: title ?? (plainText ?? text).trim().split('\n', 1)[0]!.slice(0, 100).toWellFormed(),
    publisher: publisher ?? '',
    url: url ?? '',
    publishedOn: publishedOn === undefined ? '' : writtenDay(publishedOn),
    language: writtenLanguage(given.language ?? language),
    quote: '',
  }
  const people = ['side1', 'side2'].flatMap((list) =>
    ['person', 'office'].map((field) => [rowName(list, 0, field), '']),
  )
  const known = Object.entries(source).map(([field, value]) => [rowName('sources', 0, field), value])
  return new URLSearchParams([['binding', 'unknown'], ...people, ...known])
}
