import type { SimilarAgreement } from '../../similar/schemas.ts'
import { A } from '../page.tsx'
import { dayInWords } from '../words.ts'
import type { AddFields } from './add-fields.ts'
import type { Rows } from './add-rows.ts'
import { Control, ChangeForm, type FormState, Group, More, Save, Summary } from './controls.tsx'
import type { Field } from './fields.ts'
import { collectionField, kindFields, noteField } from './shared-fields.ts'

interface AddFormProps {
  state: FormState
  fields: AddFields
  /** Agreements that are probably the same: the person decides. */
  similar: SimilarAgreement[]
}

/** The form for a new agreement: what a first entry needs, on one page. */
export function AddForm({ state, fields, similar }: AddFormProps) {
  return (
    <>
      <h1>Add an agreement</h1>
      <p class="faint">
        Only the title, the type and both sides must be given. What is not known stays empty, and can be added later. An
        article or another text can be <A to="/drafts">read into this form</A>.
      </p>
      <ChangeForm to="/agreements/new" state={state} save="Save">
        <Summary errors={state.errors} fields={fields.all} />
        <Similar similar={similar} />
        <AddGroups fields={fields} restsOn="If there is one, all dates rest on it." />
        <Save back="/agreements">Save</Save>
      </ChangeForm>
    </>
  )
}

/** The fields for a new agreement, in groups. `restsOn` says what rests on the source. */
export function AddGroups({ fields, restsOn }: { fields: AddFields; restsOn: string }) {
  return (
    <>
      <Group title="What it is">
        <Controls fields={kindFields} />
      </Group>
      <div class="sides">
        {fields.sides.map((rows, i) => (
          <Group title={`Side ${i + 1}`}>
            <RowList rows={rows} />
            <More list={`side${i + 1}`}>Add another to side {i + 1}</More>
          </Group>
        ))}
      </div>
      <Group title="Signature">
        <Controls fields={fields.signature} />
      </Group>
      <Group title="Entry into force">
        <Controls fields={fields.entry} />
      </Group>
      <Group title="How long it runs">
        <Controls fields={fields.term} />
      </Group>
      <Group title="Other dates">
        <RowList rows={fields.dates} />
        <More list="dates">Add a date</More>
      </Group>
      <Group title="What it covers">
        <Controls fields={fields.domains.flat()} />
        <More list="domains">Add a research domain</More>
      </Group>
      {fields.claims.length > 0 && (
        <Group title="What is said about it">
          <RowList rows={fields.claims} />
        </Group>
      )}
      <Group title="Where it is from">
        <Controls fields={[collectionField]} />
        <p class="hint">A source is a document or a page from which this is taken. {restsOn}</p>
        <RowList rows={fields.sources} />
        <More list="sources">Add a source</More>
      </Group>
      <Group title="Your note">
        <Controls fields={[noteField]} />
      </Group>
    </>
  )
}

export const Controls = ({ fields }: { fields: readonly Field[] }) => (
  <div class="controls">
    {fields.map((field) => (
      <Control field={field} />
    ))}
  </div>
)

const RowList = ({ rows }: { rows: Rows }) => (
  <>
    {rows.map((fields) => (
      <Controls fields={fields} />
    ))}
  </>
)

/** The agreements that are probably the same, with what speaks for it, and the choice. */
export function Similar({ similar }: { similar: SimilarAgreement[] }) {
  if (similar.length === 0) return null
  return (
    <section class="told wrong" role="alert" tabIndex={-1} autofocus>
      <h2>Not saved yet: the register may have it already</h2>
      <ul>
        {similar.map(({ agreement: { id, reference, title, signed }, why }) => (
          <li>
            <A to={`/agreements/${encodeURIComponent(reference ?? id)}`}>{title}</A>
            {signed !== null && `, signed ${dayInWords(signed)}`}
            <br />
            <span class="faint">{why.map(({ message }) => message).join(' ')}</span>
          </li>
        ))}
      </ul>
      <p>If it is one of these, edit that one. If it is another agreement, save it.</p>
      <button name="anyway" value="yes">
        Save anyway
      </button>
    </section>
  )
}
