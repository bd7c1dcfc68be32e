/** What is wrong with a file, or with one of its rows. Codes are stable; messages are for people. */
export type FileErrorCode =
  | 'empty_file'
  | 'too_large'
  | 'unknown_format'
  | 'encoding'
  | 'no_header'
  | 'column_repeated'
  | 'too_many_columns'
  | 'too_many_cells'
  | 'row_too_large'
  | 'nested_too_deep'
  | 'quote_not_closed'
  | 'invalid_csv'
  | 'invalid_json'
  | 'not_an_object'
  | 'no_list'
  | 'several_lists'
  | 'invalid_spreadsheet'
  | 'no_such_sheet'
  | 'not_text'

/** Where it is wrong: the number of the row as people count it in the file, and the name or number of the column. */
interface Place {
  row?: number
  column?: string
}

/** A file that cannot be read. */
export class FileError extends Error {
  override name = 'FileError'
  readonly code: FileErrorCode
  readonly row: number | undefined
  readonly column: string | undefined

  constructor(code: FileErrorCode, message: string, { row, column }: Place = {}) {
    super(message)
    this.code = code
    this.row = row
    this.column = column
  }
}

/** Why one row cannot be used; the others can. */
export interface RowError {
  code: FileErrorCode
  message: string
  column?: string
}
