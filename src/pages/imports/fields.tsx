import type { ComponentChildren } from 'preact'
import { Coded } from '../page.tsx'
import type { Errors } from './plan.ts'

interface Common {
  name: string
  label: string
  fields: URLSearchParams
  errors: Errors
  hint?: ComponentChildren
}

/** The attributes of a field that is wrong. */
export const wrongAt = (errors: Errors, name: string) =>
  errors.has(name) ? { 'aria-invalid': true, 'aria-describedby': `${name}-error` } : {}

/** What is wrong with a field. */
export function Wrong({ errors, name }: { errors: Errors; name: string }) {
  const message = errors.get(name)
  if (message === undefined) return null
  return (
    <span class="error" id={`${name}-error`}>
      <Coded text={message} />
    </span>
  )
}

/** A field with its label, what to know about it, and what is wrong with it. */
export function TextField({
  name,
  label,
  fields,
  errors,
  hint,
  ...rest
}: Common & { list?: string; maxLength?: number }) {
  return (
    <p class="asked">
      <label for={name}>{label}</label>
      <input type="text" id={name} name={name} value={fields.get(name) ?? ''} {...rest} {...wrongAt(errors, name)} />
      {hint && <span class="hint">{hint}</span>}
      <Wrong errors={errors} name={name} />
    </p>
  )
}

export type Choice = readonly [value: string, name: string]

/** A list of which one is chosen. */
export function Select({ name, label, fields, errors, hint, choices }: Common & { choices: readonly Choice[] }) {
  return (
    <p class="asked">
      <label for={name}>{label}</label>
      <Options name={name} fields={fields} errors={errors} choices={choices} />
      {hint && <span class="hint">{hint}</span>}
      <Wrong errors={errors} name={name} />
    </p>
  )
}

interface OptionsProps extends Pick<Common, 'name' | 'fields' | 'errors'> {
  choices: readonly Choice[]
  /** Its name, where no label stands beside it. */
  label?: string
}

/** The list without its label. A value that is none of the choices stays one. */
export function Options({ name, fields, errors, choices, label }: OptionsProps) {
  const given = fields.get(name) ?? ''
  const own: Choice[] = choices.some(([value]) => value === given) ? [] : [[given, given]]
  return (
    <select id={name} name={name} {...(label && { 'aria-label': label })} {...wrongAt(errors, name)}>
      {[...choices, ...own].map(([value, text]) => (
        <option {...(value !== text && { value })} selected={value === given}>
          {text}
        </option>
      ))}
    </select>
  )
}

/** What is wrong with a form as a whole, with links to its fields. */
export function WrongForm({ errors, message }: { errors: Errors; message?: string | undefined }) {
  if (errors.size === 0 && message === undefined) return null
  return (
    <div class="told wrong" role="alert">
      {message !== undefined && (
        <p>
          <Coded text={message} />
        </p>
      )}
      {errors.size > 0 && (
        <>
          <p>Nothing was lost. Please correct this:</p>
          <ul>
            {[...errors].map(([name, text]) => (
              <li>
                <a href={`#${name}`}>
                  <Coded text={text} />
                </a>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  )
}
