import { maxErrors } from '../../problems/problems.ts'

/** What is wrong with a mapping, at one place of it. */
export interface MappingIssue {
  /** JSON Pointer into the mapping. */
  pointer: string
  code:
    | 'no_such_column'
    | 'no_such_table'
    | 'no_file_table'
    | 'invalid_pattern'
    | 'invalid_template'
    | 'column_made_later'
    | 'invalid_format'
    | 'no_column_used'
    | 'not_in_register'
  message: string
  didYouMean?: string
}

/** A mapping that does not fit the file, or itself. It has the first of its issues. */
export class MappingError extends Error {
  override name = 'MappingError'
  readonly issues: MappingIssue[]

  constructor(issues: MappingIssue[]) {
    const first = issues.slice(0, maxErrors)
    super(first.map(({ message }) => message).join(' '))
    this.issues = first
  }
}
