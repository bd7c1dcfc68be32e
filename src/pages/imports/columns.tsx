import { Scroll } from '../page.tsx'
import { type Choice, Options, Wrong, wrongAt } from './fields.tsx'
import type { Head } from './head.ts'
import type { Errors, Plan } from './plan.ts'
import { notTaken, rolesFor } from './roles.ts'

/** With more columns, each has a field to write into instead of a list, which would make the page too large. */
const maxLists = 20

/** At most so many columns that are not taken are shown. */
const maxNotTaken = 100

interface ColumnsProps {
  head: Head
  plan: Plan
  fields: URLSearchParams
  errors: Errors
}

/** The columns of a file beside its first rows, each with a field that says what it is. */
export function Columns({ head, plan, fields, errors }: ColumnsProps) {
  const roles = rolesFor(plan.mapping)
  const choices = [...roles.values()].map((name): Choice => [name, name])
  const isTaken = (i: number) => errors.has(`column-${i}`) || fields.get(`column-${i}`) !== roles.get(notTaken)
  const taken = head.columns.filter((_, i) => isTaken(i)).length
  let room = maxNotTaken
  const shown = new Set(head.columns.flatMap((_, i) => (isTaken(i) || room-- > 0 ? [i] : [])))
  const isList = head.columns.length <= maxLists
  return (
    <>
      {errors.has('columns') && (
        <p>
          <Wrong errors={errors} name="columns" />
        </p>
      )}
      <Scroll label="Columns of the file">
        <table class="list">
          <thead>
            <tr>
              <th scope="col">Column</th>
              <th scope="col">What it is</th>
              {head.columns[0]?.first.map((_, i) => (
                <th scope="col">Row {i + 1}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {head.columns.map(({ name, first, formats }, i) =>
              shown.has(i) ? (
                <tr>
                  <th scope="row">{name}</th>
                  <td data-name="What it is">
                    {isList ? (
                      <Options
                        name={`column-${i}`}
                        label={`What ${name} is`}
                        choices={choices}
                        fields={fields}
                        errors={errors}
                      />
                    ) : (
                      <input
                        id={`column-${i}`}
                        name={`column-${i}`}
                        aria-label={`What ${name} is`}
                        list="roles"
                        value={fields.get(`column-${i}`) ?? ''}
                        {...wrongAt(errors, `column-${i}`)}
                      />
                    )}
                    <Wrong errors={errors} name={`column-${i}`} />
                    {(formats.length > 0 || fields.get(`column-${i}`)?.startsWith('Day: ')) && (
                      <Options
                        name={`format-${i}`}
                        label={`How the days in ${name} are written`}
                        choices={formatChoices(fields.get(`format-${i}`) ?? '')}
                        fields={fields}
                        errors={errors}
                      />
                    )}
                  </td>
                  {first.map((cell, row) => (
                    <td data-name={`Row ${row + 1}`}>{cell}</td>
                  ))}
                </tr>
              ) : null,
            )}
          </tbody>
        </table>
      </Scroll>
      {!isList && (
        <datalist id="roles">
          {[...roles.values()].map((name) => (
            <option value={name} />
          ))}
        </datalist>
      )}
      {shown.size < head.columns.length && (
        <p class="faint">
          {head.columns.length - shown.size} more columns are not taken. Of {head.columns.length} columns, {taken} are.
        </p>
      )}
    </>
  )
}

/** Formats of days with an example of each. */
const formatNames: Choice[] = [
  ['yyyy-MM-dd', '2024-03-31'],
  ['dd/MM/yyyy', '31/03/2024 (day first)'],
  ['MM/dd/yyyy', '03/31/2024 (month first)'],
  ['dd.MM.yyyy', '31.03.2024'],
  ['dd-MM-yyyy', '31-03-2024'],
  ['yyyy/MM/dd', '2024/03/31'],
  ['yyyyMMdd', '20240331'],
  ['d MMMM yyyy', '31 March 2024'],
  ['MMMM d, yyyy', 'March 31, 2024'],
  ['dd-MMM-yyyy', '31-Mar-2024'],
  ['dd/MM/yy', '31/03/24 (day first)'],
  ['MM-yyyy', '03-2024'],
  ['MM/yyyy', '03/2024'],
  ['yyyy-MM', '2024-03'],
  ['MMMM yyyy', 'March 2024'],
  ['yyyy', '2024'],
]

function formatChoices(given: string): Choice[] {
  const nameOf = (format: string) => formatNames.find(([value]) => value === format)?.[1] ?? format
  const several: Choice[] = given.includes('|') ? [[given, given.split('|').map(nameOf).join(', or ')]] : []
  return [['', 'Year first: 2024-03-31, 2024-03, 2024'], ...several, ...formatNames]
}
