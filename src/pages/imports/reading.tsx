import type { ComponentChildren } from 'preact'
import { PostForm } from '../page.tsx'
import { type Choice, Select, TextField } from './fields.tsx'
import type { Head } from './head.ts'
import type { Errors, Plan } from './plan.ts'

interface ReadingProps {
  /** Of the file. */
  id: string
  head: Head
  plan: Plan
  errors: Errors
  /** Names of kept mappings. */
  kept: string[]
}

/** Kept mappings, by name. */
export function Kept({ id, kept }: Pick<ReadingProps, 'id' | 'kept'>) {
  if (kept.length === 0) return null
  return (
    <Section title="Use choices that were kept">
      <PostForm class="search" to={`/imports/files/${id}/kept`}>
        <label>
          Name
          <select name="name">
            {kept.map((name) => (
              <option>{name}</option>
            ))}
          </select>
        </label>
        <button>Use them</button>
      </PostForm>
    </Section>
  )
}

/** How the file is read. */
export function Reading({ id, head, plan, errors }: Omit<ReadingProps, 'kept'>) {
  const { reading, mapping } = plan
  const fields = new URLSearchParams({
    headerRow: String(reading.headerRow ?? mapping.file?.headerRow ?? ''),
    sheet: reading.sheet ?? '',
    separator: reading.separator ?? '',
    encoding: reading.encoding ?? '',
  })
  const isText = head.format === 'csv' || head.format === 'tsv'
  return (
    <Section
      title="Read the file in another way"
      open={['headerRow', 'sheet', 'encoding'].some((name) => errors.has(name))}
    >
      <p>What was chosen above is then proposed anew.</p>
      <PostForm to={`/imports/files/${id}/read`}>
        {head.format !== 'json' && head.format !== 'ndjson' && (
          <TextField
            name="headerRow"
            label="Number of the row with the names of the columns"
            fields={fields}
            errors={errors}
            maxLength={3}
          />
        )}
        {head.format === 'xlsx' && (
          <TextField name="sheet" label="Name or number of the sheet" fields={fields} errors={errors} maxLength={100} />
        )}
        {isText && (
          <Select name="separator" label="Cells are divided by" choices={separators} fields={fields} errors={errors} />
        )}
        {head.format !== 'xlsx' && (
          <Select name="encoding" label="Encoding" choices={encodings} fields={fields} errors={errors} />
        )}
        <button>Read again</button>
      </PostForm>
    </Section>
  )
}

const separators: Choice[] = [
  ['', 'As found from the file'],
  [',', 'Commas'],
  [';', 'Semicolons'],
  ['tab', 'Tabs'],
  ['|', 'Bars'],
]

const encodings: Choice[] = [
  ['', 'As found from the file'],
  ['utf-8', 'UTF-8'],
  ['windows-1252', 'Windows (Western Europe)'],
  ['utf-16le', 'UTF-16, little-endian'],
  ['utf-16be', 'UTF-16, big-endian'],
]

function Section({ title, open = false, children }: { title: string; open?: boolean; children: ComponentChildren }) {
  return (
    <details class="more" open={open}>
      <summary>{title}</summary>
      {children}
    </details>
  )
}
