import type { FileHandle } from 'node:fs/promises'
import { type Encoding, openText, type TextSource } from './encoding.ts'
import { FileError } from './errors.ts'
import { readJson } from './json.ts'
import { readSeparated, type SeparatorName } from './separated.ts'
import { headOf, openSource, type Source } from './source.ts'
import { readSpreadsheet } from './spreadsheet.ts'
import type { Format, Table } from './table.ts'

export interface ReadOptions {
  /** Name of the file; its ending tells the format where the content does not. */
  name?: string | undefined
  /** By default found out from the content and the name. */
  format?: Format | undefined
  encoding?: Encoding | undefined
  /** For CSV. By default found out. */
  separator?: SeparatorName | undefined
  /** For XLSX: name of the sheet, or its number from 1. By default the first one. */
  sheet?: string | number | undefined
  /** For CSV and XLSX: the row with the names of the columns, from 1. By default the first that is not blank. */
  headerRow?: number | undefined
  /** Aborted when the sender is gone, so that nothing more is read. */
  signal?: AbortSignal | undefined
}

/**
 * Reads a table: CSV, TSV, JSON, NDJSON or XLSX, at most 64 MB. Rows are read as they are asked for, and as often as they are
 * asked for.
 * @param bytes the content, or an open file
 * @throws FileError here, and from the rows
 */
export async function readFile(bytes: Buffer | FileHandle, options: ReadOptions = {}): Promise<Table> {
  const source = await openSource(bytes)
  const packed = await packedFormatOf(source)
  if (packed === 'xlsx') return readSpreadsheet(source, options)
  if (options.format === 'xlsx') throw new FileError('invalid_spreadsheet', 'The file is not an XLSX file.')
  const text = await openText(source, options.encoding)
  const format = options.format ?? (await textFormatOf(text, options.name))
  return format === 'json' || format === 'ndjson' ? readJson(text, format) : readSeparated(text, { ...options, format })
}

/** @throws FileError for other formats that are no text */
async function packedFormatOf(source: Source): Promise<'xlsx' | undefined> {
  const start = await headOf(source, 100)
  const head = start.subarray(0, 4)
  if (start.includes('mimetypeapplication/vnd.oasis.opendocument')) {
    throw new FileError(
      'unknown_format',
      'Save the file as XLSX or CSV. OpenDocument files such as ODS cannot be read.',
    )
  }
  if (head.equals(Buffer.from('PK\u0003\u0004'))) return 'xlsx'
  if (head.equals(Buffer.from([0xd0, 0xcf, 0x11, 0xe0]))) {
    throw new FileError('unknown_format', 'Save the file as XLSX, without a password. XLS files cannot be read.')
  }
  if (head.equals(Buffer.from('%PDF'))) {
    throw new FileError('unknown_format', 'PDF files cannot be read. The file must be CSV, TSV, XLSX, JSON or NDJSON.')
  }
  return undefined
}

async function textFormatOf(text: TextSource, name = ''): Promise<Exclude<Format, 'xlsx'>> {
  let head = ''
  for await (const piece of text()) {
    head += piece
    if (head.length > 65_536) break
  }
  const start = head.trimStart()
  if (start.startsWith('[')) return 'json'
  if (start.startsWith('{')) return jsonFormatOf(start, name)
  if (/\.json$/i.test(name)) return 'json'
  if (/\.(?:ndjson|jsonl)$/i.test(name)) return 'ndjson'
  return /\.(?:tsv|tab)$/i.test(name) ? 'tsv' : 'csv'
}

/** NDJSON when the first line is an object of its own. A single line is NDJSON too, unless it is a list in an object. */
function jsonFormatOf(start: string, name: string): 'json' | 'ndjson' {
  const [first = '', second] = start.split(/\r?\n/, 2)
  try {
    const object = JSON.parse(first) as Record<string, unknown>
    if (second?.trim()) return 'ndjson'
    const hasList = Object.values(object).some((value) => Array.isArray(value) && typeof value[0] === 'object')
    return hasList && !/\.(?:ndjson|jsonl)$/i.test(name) ? 'json' : 'ndjson'
  } catch {
    return /\.(?:ndjson|jsonl)$/i.test(name) ? 'ndjson' : 'json'
  }
}
