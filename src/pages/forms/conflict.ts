import type { Database } from '../../database/connect.ts'
import { listVersions } from '../../versions/queries.ts'
import type { VersionEntry } from '../../versions/schemas.ts'
import { saidBy, typed, type Values } from './fields.ts'
import type { Part } from './part.ts'
import { fieldsOf } from './parts.ts'
import { noteField } from './shared-fields.ts'

/** What others have changed of a part while a person was editing it. */
export interface Conflict {
  /** The fields in which what was typed is not what is stored now. */
  differences: { label: string; typed: string; stored: string }[]
  /** Who has changed the agreement since the form was opened, the latest first. */
  changes: ChangeMade[]
}

export type ChangeMade = Pick<VersionEntry, 'actor' | 'publishedAt' | 'note'>

/** Maximum number of changes that are told. */
const maxChanges = 5

/** The last changes that people made after a version, the latest first. */
export async function changesSince(db: Database, id: string, version: number): Promise<ChangeMade[]> {
  const { rows, shown } = await listVersions(db, id, { limit: maxChanges })
  return rows
    .slice(0, shown)
    .map(({ document }) => JSON.parse(document) as VersionEntry)
    .filter((entry) => entry.version > version && entry.cause === 'edit')
}

interface Compared {
  id: string
  /** The version from which the form began. */
  began: number
  part: Part
  /** What the form showed when it was opened; undefined if the part was not there. */
  shownFirst: Values | undefined
  stored: Values
  values: Values
}

/** @returns undefined when nobody has changed what the form edits */
export async function conflictOf(db: Database, compared: Compared): Promise<Conflict | undefined> {
  const { id, began, part, shownFirst, stored, values } = compared
  const names = new Set([...(shownFirst?.keys() ?? []), ...stored.keys()])
  if (shownFirst && [...names].every((name) => (shownFirst.get(name) ?? '') === (stored.get(name) ?? '')))
    return undefined
  const changes = await changesSince(db, id, began)
  const differences = fieldsOf(part)
    .filter(({ name }) => name !== noteField.name)
    .map((field) => ({
      label: field.label,
      typed: saidBy(field, typed(values, field.name)),
      stored: saidBy(field, stored.get(field.name) ?? ''),
    }))
    .filter((one) => one.typed !== one.stored)
  return { differences, changes }
}
