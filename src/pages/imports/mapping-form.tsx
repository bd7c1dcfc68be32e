import { agreementTypes } from '../../agreements/tables.ts'
import { statedStatuses } from '../../agreements/time/lifecycle.ts'
import { Coded, PostForm } from '../page.tsx'
import { inWords } from '../words.ts'
import { Columns } from './columns.tsx'
import { type Choice, Select, TextField, WrongForm } from './fields.tsx'
import type { Head } from './head.ts'
import { splitNames } from './parties.ts'
import { type Errors, type Plan, tablesIn } from './plan.ts'
import { Kept, Reading } from './reading.tsx'
import { toldOf } from './told.ts'
import { fromTitle } from './types.ts'

export interface MappingForm {
  id: string
  fileName: string
  head: Head
  plan: Plan
  fields: URLSearchParams
  errors: Errors
  /** What is wrong with the form as a whole. */
  message?: string | undefined
  collections: Choice[]
  /** Names of kept mappings. */
  kept: string[]
}

/** The form that says what the columns of a file are, beside its first rows. */
export function MappingForm(form: MappingForm) {
  const { id, head, plan, fields, errors, message, collections } = form
  return (
    <>
      <WrongForm errors={errors} message={message} />
      <Notes notes={head.notes} />
      <PostForm to={`/imports/files/${id}`}>
        <input type="hidden" name="readings" value={plan.readings} />
        <h2 id="columns">What the columns are</h2>
        <Columns {...form} />
        <Values {...form} />
        <h2>About all rows</h2>
        <Select
          name="typeElse"
          label="Type of agreement, where no column has one"
          choices={typeChoices(head)}
          fields={fields}
          errors={errors}
        />
        <TextField
          name="home"
          label="Party on side 1 of every agreement"
          hint="If the columns only name the other party."
          fields={fields}
          errors={errors}
          maxLength={200}
        />
        <Select
          name="split"
          label="Several parties in a cell are divided by"
          choices={splitChoices(fields)}
          fields={fields}
          errors={errors}
        />
        <Select
          name="unknownParties"
          label="A party that the register does not know"
          choices={[
            ['', 'The row is refused'],
            ['create', 'The party is added to the register'],
          ]}
          fields={fields}
          errors={errors}
        />
        <Select
          name="collection"
          label="Collection"
          choices={[['', `The one named after the file: ${form.fileName}`], ...collections]}
          fields={fields}
          errors={errors}
        />
        <Select
          name="mode"
          label="A row that was imported before, and differs now"
          choices={[
            ['', 'It is refused'],
            ['upsert', 'It changes the agreement'],
          ]}
          fields={fields}
          errors={errors}
        />
        <Select
          name="partial"
          label="Does the file have all rows of its collection?"
          choices={[
            ['', 'All, unless it has the rows that an import refused'],
            ['false', 'All'],
            ['true', 'Only some'],
          ]}
          fields={fields}
          errors={errors}
        />
        <Told
          told={toldOf(
            plan.mapping,
            head.columns.map(({ name }) => name),
          )}
        />
        <p>
          <button name="do" value="try" class="main">
            Dry run: show what would become of each row
          </button>
        </p>
        <details class="more" open={errors.has('name')}>
          <summary>Keep these choices for other files</summary>
          <TextField
            name="name"
            label="Name"
            hint="Lower-case letters and digits, with dots and hyphens, such as uk-treaties."
            fields={fields}
            errors={errors}
            maxLength={80}
          />
          <button name="do" value="keep">
            Keep
          </button>
        </details>
      </PostForm>
      <Kept {...form} />
      <Reading {...form} />
    </>
  )
}

function Notes({ notes }: { notes: string[] }) {
  if (notes.length === 0) return null
  return (
    <div class="told">
      <p>Please check:</p>
      <ul>
        {notes.map((note) => (
          <li>
            <Coded text={note} />
          </li>
        ))}
      </ul>
    </div>
  )
}

/** What each value of the types and of the statuses becomes. */
function Values({ plan, head, fields, errors }: MappingForm) {
  const titles = { type: 'Types', status: 'Statuses' }
  const choices = {
    type: agreementTypes.map((type): Choice => [type, inWords(type)]),
    status: [['', 'States nothing'], ...statedStatuses.map((status): Choice => [status, inWords(status)])] as Choice[],
  }
  return (
    <>
      {tablesIn(plan.mapping, head).map(({ kind, column, values }) => (
        <fieldset class="of-values">
          <legend>
            {titles[kind]}: what the values of {head.columns[column]!.name} mean
          </legend>
          <input type="hidden" name={`${kind}Column`} value={column} />
          <div>
            {values.map((value, i) => (
              <Select name={`${kind}-${i}`} label={value} choices={choices[kind]} fields={fields} errors={errors} />
            ))}
          </div>
        </fieldset>
      ))}
    </>
  )
}

const typeChoices = ({ columns }: Head): Choice[] => [
  ...(columns.some(({ name }) => name === 'kind') ? [] : [[fromTitle, 'From the words of the title'] as const]),
  ...agreementTypes.map((type): Choice => [type, inWords(type)]),
]

function splitChoices(fields: URLSearchParams): Choice[] {
  const known = Object.entries(splitNames)
  const given = fields.get('split') ?? ''
  const several: Choice[] = given.includes('|')
    ? [
        [
          given,
          given
            .split('|')
            .map((kind) => splitNames[kind as keyof typeof splitNames] ?? kind)
            .join(', or '),
        ],
      ]
    : []
  return [['', 'Nothing, or as found from the file'], ...several, ...known]
}

function Told({ told }: { told: string[] }) {
  if (told.length === 0) return null
  return (
    <div class="told">
      <p>This belongs to the choices too. It has no field here, and stays as it is:</p>
      <ul>
        {told.map((sentence) => (
          <li>
            <Coded text={sentence} />
          </li>
        ))}
      </ul>
    </div>
  )
}
