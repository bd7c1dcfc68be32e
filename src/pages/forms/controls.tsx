import { type ComponentChildren, createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { A, Addresses, Coded, PostForm } from '../page.tsx'
import { type Field, labelOf, type NameKind, typed, type Values } from './fields.ts'
import { addChoice, askedField, choiceField, type Names, writtenName } from './names.ts'
import { newToken, tokenField } from './once.ts'

/** What is wrong with a form: beside its fields, and with the whole of it. */
export interface FormErrors {
  /** Messages by the name of the field, in the order of the fields. */
  byField: ReadonlyMap<string, string[]>
  others: string[]
}

/** The words of a text that a value was read from. */
export interface Evidence {
  /** The id of the element that marks them, and how it is called. */
  at: string
  name: string
  words: string
  /** How sure the value is. */
  sureness: string
}

/** A form as it is shown: what its fields have, and what is wrong with it. */
export interface FormState {
  values: Values
  errors?: FormErrors | undefined
  names?: Names | undefined
  /** The field that has the focus when the page opens; without errors only. */
  focus?: string | undefined
  /** What fields were read from in a text, by their names. */
  evidence?: ReadonlyMap<string, Evidence[]> | undefined
}

const State = createContext<FormState>({ values: new URLSearchParams() })

export const idOf = (name: string): string => `field-${name.replaceAll('.', '-')}`

const isRegistry = (kind: Field['kind']): kind is NameKind =>
  kind === 'signatory' || kind === 'body' || kind === 'domain' || kind === 'collection' || kind === 'agreement'

/** A form that changes something. Enter in a field is its first button, which is the one that saves. */
export function ChangeForm({
  to,
  state,
  save,
  children,
}: {
  to: string
  state: FormState
  save: string
  children: ComponentChildren
}) {
  return (
    <PostForm to={to} class="edit">
      <button class="first" tabIndex={-1} aria-hidden="true">
        {save}
      </button>
      <input type="hidden" name={tokenField} value={state.values.get(tokenField) ?? newToken()} />
      <State.Provider value={state}>{children}</State.Provider>
    </PostForm>
  )
}

/** What is wrong, above the form, with a link to each field. */
export function Summary({ errors, fields }: { errors: FormErrors | undefined; fields: readonly Field[] }) {
  if (!errors) return null
  const labels = new Map(fields.map((field) => [field.name, labelOf(field)]))
  const count = errors.others.length + [...errors.byField.values()].flat().length
  return (
    // oxlint-disable-next-line jsx-a11y/no-autofocus -- so that what is wrong is read first
    <div class="told wrong" role="alert" tabIndex={-1} autofocus>
      <h2>Not saved: correct {count === 1 ? 'one field' : `${count} fields`}</h2>
      <ul>
        {errors.others.map((message) => (
          <li>
            <Coded text={message} />
          </li>
        ))}
        {[...errors.byField].flatMap(([name, messages]) =>
          messages.map((message) => (
            <li>
              <a href={`#${idOf(name)}`}>{labels.get(name) ?? name}</a>: <Coded text={message} />
            </li>
          )),
        )}
      </ul>
    </div>
  )
}

/** A field with its label, its hint, what is wrong with it, and what was probably meant. */
export function Control({ field }: { field: Field }) {
  const { errors, evidence } = useContext(State)
  const { name, label, kind, hint, wide = false } = field
  const id = idOf(name)
  const wrong = errors?.byField.get(name) ?? []
  const described =
    [hint && `${id}-hint`, wrong.length > 0 && `${id}-error`, evidence?.has(name) && `${id}-read`]
      .filter(Boolean)
      .join(' ') || undefined
  if (kind === 'check') return <Check field={field} described={described} />
  return (
    <div class={['field', wrong.length > 0 && 'invalid', wide && 'wide'].filter(Boolean).join(' ')}>
      <label for={id}>{label}</label>
      {hint !== undefined && (
        <span class="hint" id={`${id}-hint`}>
          <Coded text={hint} />
        </span>
      )}
      {wrong.length > 0 && (
        <span class="error" id={`${id}-error`}>
          {wrong.map((message) => (
            <span>
              <Coded text={message} />{' '}
            </span>
          ))}
        </span>
      )}
      <ReadFrom name={name} />
      <Input field={field} described={described} invalid={wrong.length > 0} />
      <Choices field={field} />
    </div>
  )
}

/** Most of the words that are shown beside a field, in code points. */
const maxWords = 60

const inShort = (words: string): string => {
  const all = Array.from(words.replaceAll(/\s+/g, ' '))
  return all.length > maxWords ? `${all.slice(0, maxWords).join('')}…` : all.join('')
}

/** The words of a text that a field was read from, with a link to each. */
function ReadFrom({ name }: { name: string }) {
  const found = useContext(State).evidence?.get(name)
  if (found === undefined) return null
  return (
    <span class="hint" id={`${idOf(name)}-read`}>
      {found.map(({ at, name: mark, words, sureness }) => (
        <span>
          <a href={`#${at}`}>{mark}</a>: “<bdi>{inShort(words)}</bdi>” ({sureness}){' '}
        </span>
      ))}
    </span>
  )
}

/** What was probably meant by a name, to choose from. */
function Choices({ field: { name, kind } }: { field: Field }) {
  const { values, names } = useContext(State)
  const choices = names?.choices.get(name)
  const isAdded = names?.added.has(name) ?? false
  const canAdd = kind === 'body' && (choices !== undefined || isAdded)
  const text = typed(values, name)
  if (!canAdd && (choices ?? []).length === 0) {
    const chosen = values.get(askedField(name)) === text ? typed(values, choiceField(name)) : ''
    if (kind !== 'agreement' || chosen === '') return null
    // Its title may not be enough to find it again.
    return (
      <>
        <input type="hidden" name={askedField(name)} value={names?.shown.get(name) ?? text} />
        <input type="hidden" name={choiceField(name)} value={chosen} />
      </>
    )
  }
  return (
    <fieldset class="choices">
      <legend>Did you mean</legend>
      <input type="hidden" name={askedField(name)} value={text} />
      {(choices ?? []).map((choice) => (
        <label>
          <input type="radio" name={choiceField(name)} value={choice.code} /> {writtenName(choice)}{' '}
          {choice.note !== undefined && <span class="faint">{choice.note}</span>}
        </label>
      ))}
      {canAdd && (
        <label>
          <input type="radio" name={choiceField(name)} value={addChoice} checked={isAdded} /> Another body of this
          party: add “{text}” to the registry
        </label>
      )}
    </fieldset>
  )
}

interface InputProps {
  field: Field
  described: string | undefined
  invalid?: boolean
}

function Input({ field, described, invalid = false }: InputProps) {
  const { values, names, errors, focus } = useContext(State)
  const address = useContext(Addresses)
  const { name, kind, options = [], within } = field
  const value = names?.shown.get(name) ?? values.get(name) ?? ''
  const common = {
    id: idOf(name),
    name,
    'aria-describedby': described,
    'aria-invalid': invalid ? ('true' as const) : undefined,
    // oxlint-disable-next-line jsx-a11y/no-autofocus -- of a row that was just added
    autofocus: errors === undefined && focus === name,
  }
  if (kind === 'text') return <textarea {...common} rows={3} value={value} />
  if (kind === 'choice') {
    return (
      <select {...common}>
        {options.map(([code, label]) => (
          <option value={code} selected={code === value}>
            {label}
          </option>
        ))}
      </select>
    )
  }
  if (!isRegistry(kind)) return <input type="text" {...common} value={value} class={kind} />
  const party = within === undefined ? undefined : idOf(within)
  return <input type="text" {...common} value={value} data-names={address(`/names/${kind}`)} data-party={party} />
}

function Check({ field: { name, label, hint }, described }: InputProps) {
  const { values } = useContext(State)
  const id = idOf(name)
  return (
    <div class="field check">
      <label for={id}>
        <input
          type="checkbox"
          id={id}
          name={name}
          value="yes"
          checked={(values.get(name) ?? '') !== ''}
          aria-describedby={described}
        />{' '}
        {label}
      </label>
      {hint !== undefined && (
        <span class="hint" id={`${id}-hint`}>
          <Coded text={hint} />
        </span>
      )}
    </div>
  )
}

/** Controls under a heading. */
export function Group({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <fieldset class="group">
      <legend>{title}</legend>
      {children}
    </fieldset>
  )
}

/** The field of the button that gives the form back with one more row of a list. */
export const moreField = 'more'

/** Gives the form back with one more row. */
export const More = ({ list, children }: { list: string; children: ComponentChildren }) => (
  <button name={moreField} value={list} class="more">
    {children}
  </button>
)

/** The button that saves, and the way back. */
export const Save = ({ back, children }: { back: string; children: ComponentChildren }) => (
  <p class="buttons">
    <button class="save">{children}</button> <A to={back}>Cancel</A>
  </p>
)
