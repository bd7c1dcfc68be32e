import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Database } from '../../database/connect.ts'
import { type Gap, textKeyOf, type TextRead } from '../../drafts/draft.ts'
import type { Names } from '../../drafts/names.ts'
import { messageOf, readByNames, type ReadByNames } from '../../drafts/read.ts'
import type { DraftInput } from '../../drafts/schemas.ts'
import type { SimilarAgreement } from '../../similar/schemas.ts'
import type { Today } from '../../shared/calendar.ts'
import type { AddPage, AddShown } from '../forms/add.tsx'
import { type AddFields, addFieldsOf, agreementIn, daySigned } from '../forms/add-fields.ts'
import { AddGroups, Similar } from '../forms/add-form.tsx'
import type { ChangeMade } from '../forms/conflict.ts'
import { ChangeForm, type Evidence, type FormState, idOf, Save, Summary } from '../forms/controls.tsx'
import { Changes } from '../forms/edit-form.tsx'
import { type JsonObject, labelOf, type Values, writtenLanguage } from '../forms/fields.ts'
import { namesIn } from '../forms/names.ts'
import { titleOf } from '../forms/sent.ts'
import { sendForm } from '../page.tsx'
import { type Comparison, compare } from './compare.ts'
import { filledBy } from './filled.ts'
import { InRegister } from './in-register.tsx'
import { MarkedText } from './marked-text.tsx'
import { type Mark, markId, marksOf } from './marks.ts'
import { textFields, textIn } from './text.ts'

/** What the pages of drafts need. */
export interface DraftDependencies {
  /** The database of the server. */
  db: Database
  today: Today
}

export interface DraftShown extends AddShown {
  /** The text as it was read, if it was read already. */
  reading?: ReadByNames
  /** Who changed the agreement meanwhile to which something was to be added. */
  changes?: ChangeMade[]
}

/** The field of the button that leads back to the text. */
export const textButton = 'change'

const newAgreement = 'Save as a new agreement'

/** The agreement that a form with a text describes. @throws Problem 400, 413 when the text is no longer as it was read */
export const draftAgreement: AddPage['agreementIn'] = (values, fields, codes) => {
  const whole = agreementIn(values, fields, codes, textKeyOf(textIn(values)))
  const term = whole['term'] as JsonObject | null
  const atEnd = term?.['atEnd']
  // The text speaks of renewals, even if it says nothing more of them.
  if (term && (atEnd === 'renews' || atEnd === 'extended_if_agreed')) term['renewal'] ??= {}
  return whole
}

/** The page with a text, the form that it fills, and what the register has already. */
export const draftPage = (deps: DraftDependencies): AddPage => ({
  agreementIn: draftAgreement,
  show: async (request, reply, state, shown) => sendDraft(request, reply, deps, state, shown),
  similar: async (request, state) => {
    const { comparison } = await readForm(request, deps, state)
    return (comparison?.found ?? []).map(({ similar }) => similar).filter(({ isProbablyTheSame }) => isProbablyTheSame)
  },
})

/** What a form has: its text as it was read, and what the register has of it. Nothing is stored between. */
async function readForm(
  { db }: FastifyRequest,
  { db: register, today }: DraftDependencies,
  { values, names: known }: FormState,
  reading?: ReadByNames,
) {
  const given = textIn(values)
  const { read, names } = reading ?? (await readByNames(db, register, given, today()))
  const fields = addFieldsOf(values)
  const { codes } = known ?? (await namesIn(db, fields.all, values, daySigned(values)))
  const comparison = await compare(db, {
    whole: draftAgreement(values, fields, codes),
    fields,
    title: given.title,
    isOfKnown: typeof read.found !== 'string' && read.found.isOfKnown,
    names,
  })
  return { given, read, names, fields, comparison }
}

/** Sends the page. */
export async function sendDraft(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: DraftDependencies,
  state: FormState,
  { similar = [], status = 200, reading, changes }: DraftShown = {},
): Promise<FastifyReply> {
  const form = await readForm(request, deps, state, reading)
  return sendForm(request, reply, status, {
    title: titleOf('From a text', status),
    api: null,
    body: <DraftForm {...form} state={state} similar={similar} changes={changes} />,
  })
}

interface DraftFormProps {
  state: FormState
  fields: AddFields
  similar: SimilarAgreement[]
  given: DraftInput
  read: TextRead
  names: Names
  comparison: Comparison | undefined
  changes: ChangeMade[] | undefined
}

function DraftForm({ state, fields, similar, given, read, names, comparison, changes }: DraftFormProps) {
  const found = typeof read.found === 'string' ? undefined : read.found
  const fieldAt = found ? filledBy(found.agreement, names).fieldAt : new Map<string, string>()
  const marks = found ? marksOf(found.values, fieldAt) : []
  const labels = new Map(fields.all.map((field) => [field.name, labelOf(field)]))
  const { values } = state
  return (
    <>
      <h1>From a text</h1>
      <p>
        {messageOf(read)} It was read in {writtenLanguage(read.language)}. Beside each field are the words that its
        value was read from, and how sure it is. Correct what is wrong, then save it.
      </p>
      <ChangeForm to="/drafts/agreement" state={{ ...state, evidence: evidenceOf(marks) }} save={newAgreement}>
        <HiddenText values={values} />
        <Summary errors={state.errors} fields={fields.all} />
        {changes && <Changed changes={changes} />}
        <Similar similar={similar} />
        <Gaps gaps={found?.missing ?? []} fieldAt={fieldAt} labels={labels} />
        <InRegister comparison={comparison} values={values} names={names} />
        <div class="beside">
          <MarkedText title={given.title} text={read.plainText ?? given.text} marks={marks} labels={labels} />
          <section aria-labelledby="new">
            <h2 id="new">New agreement</h2>
            <AddGroups fields={fields} restsOn="All that is read from the text rests on the first one." />
            <Save back="/agreements">{newAgreement}</Save>
          </section>
        </div>
      </ChangeForm>
    </>
  )
}

/** The text and what is known of it, as they were sent. */
const HiddenText = ({ values }: { values: Values }) => (
  <>
    {textFields.map(({ name }) => (
      <input type="hidden" name={name} value={values.get(name) ?? ''} />
    ))}
  </>
)

const sureness = { high: 'stated', medium: 'from the context', low: 'only probable' } as const

/** What each field was read from. */
function evidenceOf(marks: readonly Mark[]): Map<string, Evidence[]> {
  const evidence = new Map<string, Evidence[]>()
  for (const mark of marks) {
    for (const { field, confidence } of mark.fills) {
      const one = { at: markId(mark), name: `Words ${mark.number}`, words: mark.words, sureness: sureness[confidence] }
      evidence.set(field, [...(evidence.get(field) ?? []), one])
    }
  }
  return evidence
}

interface GapsProps {
  gaps: readonly Gap[]
  fieldAt: ReadonlyMap<string, string>
  labels: ReadonlyMap<string, string>
}

/** What the text does not say, and the way back to it. */
function Gaps({ gaps, fieldAt, labels }: GapsProps) {
  return (
    <>
      {gaps.length > 0 && (
        <>
          <h2>What the text does not say</h2>
          <ul>
            {gaps.map(({ pointer, message, needsPublication = false }) => (
              <Gapped name={fieldAt.get(pointer)} labels={labels}>
                {needsPublication
                  ? 'The text gives a day such as “yesterday” or “on Tuesday”. Enter the day of its publication, from which it is counted.'
                  : message}
              </Gapped>
            ))}
          </ul>
        </>
      )}
      <p>
        <button name={textButton} value="yes">
          Change the text
        </button>{' '}
        <span class="hint">Or its title, publisher, address, day of publication or language.</span>
      </p>
    </>
  )
}

/** What is missing, with a link to its field. */
const Gapped = ({
  name,
  labels,
  children,
}: {
  name: string | undefined
  labels: ReadonlyMap<string, string>
  children: string
}) => (
  <li>
    {name !== undefined && labels.has(name) && (
      <>
        <a href={`#${idOf(name)}`}>{labels.get(name)}</a>:{' '}
      </>
    )}
    {children}
  </li>
)

function Changed({ changes }: { changes: ChangeMade[] }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-autofocus -- so that what happened is read first
    <section class="told wrong" role="alert" tabIndex={-1} autofocus>
      <h2>Not saved yet: the agreement was changed while you read the text</h2>
      <Changes changes={changes} />
      <p>What the register has is shown below as it is now. Check what you add, and save it again.</p>
    </section>
  )
}
