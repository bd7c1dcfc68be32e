import type { Agreement } from '../../agreements/schemas.ts'
import { actorInWords } from '../history.tsx'
import { A } from '../page.tsx'
import { instantInDigits } from '../words.ts'
import { Controls } from './add-form.tsx'
import type { ChangeMade, Conflict } from './conflict.ts'
import { ChangeForm, type FormState, Group, More, Save, Summary } from './controls.tsx'
import type { Part } from './part.ts'
import { fieldsOf } from './parts.ts'
import { noteField } from './shared-fields.ts'
import { editPaths } from './paths.ts'

interface EditFormProps {
  agreement: Agreement
  handle: string
  path: string
  part: Part
  state: FormState
  conflict: Conflict | undefined
}

/** The form for one part of an agreement, with what others have changed meanwhile. */
export function EditForm({ agreement, handle, path, part, state, conflict }: EditFormProps) {
  const back = editPaths.agreement(handle)
  return (
    <>
      <h1>{part.title}</h1>
      <p>
        <A to={`/agreements/${handle}`}>{agreement.title}</A>
      </p>
      <ChangeForm to={path} state={state} save="Save">
        <input type="hidden" name="version" value={state.values.get('version') ?? ''} />
        <Summary errors={state.errors} fields={fieldsOf(part)} />
        {conflict && <Both conflict={conflict} />}
        {part.groups.map(({ title, fields, more, isFolded = false }) => {
          const isWrong = fields.some(({ name }) => state.errors?.byField.has(name))
          return isFolded && !isWrong ? (
            <details class="group">
              <summary>{title}</summary>
              <Controls fields={fields} />
            </details>
          ) : (
            <Group title={title}>
              <Controls fields={fields} />
              {more && <More list={more.list}>{more.text}</More>}
            </Group>
          )
        })}
        <Group title="Your note">
          <Controls fields={[noteField]} />
        </Group>
        <Save back={back}>{conflict ? 'Save mine' : 'Save'}</Save>
        {part.removal && (
          <p>
            <button name="remove" value="yes">
              {part.removal.text}
            </button>
          </p>
        )}
      </ChangeForm>
    </>
  )
}

/** Who changed something, when and why. */
export const Changes = ({ changes }: { changes: readonly ChangeMade[] }) => (
  <ul>
    {changes.map(({ actor, publishedAt, note }) => (
      <li>
        {actor === null ? 'Somebody' : actorInWords(actor)}, on {instantInDigits(publishedAt)} (UTC)
        {note !== null && `: ${note}`}
      </li>
    ))}
  </ul>
)

/** Both versions side by side: what was typed, and what is stored now. */
function Both({ conflict: { differences, changes } }: { conflict: Conflict }) {
  return (
    <section class="told wrong" role="alert" tabIndex={-1} autofocus>
      <h2>Not saved yet: this was changed while you edited it</h2>
      <Changes changes={changes} />
      {differences.length === 0 ? (
        <p>What you typed is what is stored now.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">You typed</th>
              <th scope="col">Stored now</th>
            </tr>
          </thead>
          <tbody>
            {differences.map(({ label, typed, stored }) => (
              <tr>
                <th scope="row">{label}</th>
                <td>{typed}</td>
                <td>{stored}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p>The form below has what you typed. Change it if need be, and save it over what is stored.</p>
    </section>
  )
}
