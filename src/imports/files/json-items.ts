import type { TextSource } from './encoding.ts'
import { FileError } from './errors.ts'
import { maxRowSize } from './table.ts'

/** The deepest nesting of a row. */
export const maxDepth = 50

/** The lines of a text that are not blank. @throws FileError `row_too_large` */
export async function* linesOf(text: TextSource): AsyncGenerator<string> {
  let rest = ''
  let row = 1
  for await (const piece of text()) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop()!
    refuseTooLarge(rest.length, row)
    for (const line of lines) {
      if (line.trim() === '') continue
      refuseTooLarge(line.length, row)
      yield line
      row += 1
    }
  }
  if (rest.trim() !== '') yield rest
}

function refuseTooLarge(length: number, row: number): void {
  if (length > maxRowSize) throw new FileError('row_too_large', `Row ${row} is larger than 1 MB.`, { row })
}

/**
 * The texts of the items of a JSON list, or of the only list of objects in a JSON object. Only the item that is being read is
 * held.
 * @throws FileError `invalid_json`, `no_list`, `several_lists`, `row_too_large`
 */
export async function* itemsOf(text: TextSource): AsyncGenerator<string> {
  const scanner = new Scanner()
  for await (const piece of text()) yield* scanner.itemsIn(piece)
  scanner.end()
}

/** Finds the items without parsing them: it follows only strings and brackets. */
class Scanner {
  /** The brackets that are open, from the outermost. */
  private readonly open: string[] = []
  private inString = false
  private escaped = false
  /** The depth of the items: 1 in a list, 2 in a list within an object; undefined before the first bracket. */
  private itemDepth: number | undefined
  /** The part of the current item that came with earlier pieces; undefined outside items. */
  private item: string | undefined
  private items = 0
  private lists = 0
  private isCounted = false

  /** @throws FileError when the text ends too early, or has no list */
  end(): void {
    if (this.itemDepth === undefined || this.open.length > 0 || this.inString) {
      throw new FileError('invalid_json', 'The JSON text is not complete.')
    }
    if (this.items === 0 && this.itemDepth === 2) {
      throw new FileError('no_list', 'The file must have a list of objects, or an object that contains one.')
    }
  }

  *itemsIn(piece: string): Generator<string> {
    let start = 0
    for (let at = 0; at < piece.length; at += 1) {
      const character = piece[at]!
      if (this.inString) {
        this.inString = this.escaped || character !== '"'
        this.escaped = !this.escaped && character === '\\'
        continue
      }
      if (this.item === undefined) {
        if (!this.beginsItem(character)) {
          this.follow(character)
          continue
        }
        this.item = ''
        start = at
      } else if (this.endsItem(character)) {
        yield* this.finished(this.item + piece.slice(start, at))
      }
      this.follow(character)
    }
    if (this.item === undefined) return
    this.item += piece.slice(start)
    refuseTooLarge(this.item.length, this.items + 1)
  }

  private isInList(): boolean {
    return this.open.length === this.itemDepth && this.open.at(-1) === '['
  }

  private beginsItem(character: string): boolean {
    return this.isInList() && !/[\s,\]]/.test(character)
  }

  private endsItem(character: string): boolean {
    return this.isInList() && (character === ',' || character === ']')
  }

  private *finished(item: string): Generator<string> {
    this.item = undefined
    refuseTooLarge(item.length, this.items + 1)
    // A list of anything else beside the rows is not the table.
    if (this.itemDepth === 2 && !item.startsWith('{')) return
    if (!this.isCounted) this.lists += 1
    this.isCounted = true
    if (this.lists > 1) throw new FileError('several_lists', 'The object must have only one list of objects.')
    this.items += 1
    yield item
  }

  private follow(character: string): void {
    if (character === '"') this.inString = true
    else if (character === '[' || character === '{') this.opens(character)
    else if (character === ']' || character === '}') this.closes(character)
    else if (this.open.length === 0 && character.trim() !== '') throw new FileError('invalid_json', notJson)
  }

  private opens(bracket: string): void {
    if (this.open.length === 0 && this.itemDepth !== undefined) throw new FileError('invalid_json', notJson)
    this.itemDepth ??= bracket === '[' ? 1 : 2
    this.open.push(bracket)
    if (this.open.length === this.itemDepth && bracket === '[') this.isCounted = false
    if (this.open.length > maxDepth + 2) {
      const row = this.items + 1
      throw new FileError('nested_too_deep', `Row ${row} is nested more than ${maxDepth} levels deep.`, { row })
    }
  }

  private closes(bracket: string): void {
    if (this.open.pop() !== (bracket === ']' ? '[' : '{')) throw new FileError('invalid_json', notJson)
  }
}

const notJson = 'The file is not valid JSON.'

/** Whether JSON text has more than `maxDepth` brackets open at once. */
export function isTooDeep(json: string): boolean {
  let [depth, inString] = [0, false]
  for (let at = 0; at < json.length; at += 1) {
    const character = json[at]
    if (inString && character === '\\') at += 1
    else if (character === '"') inString = !inString
    else if (inString) continue
    else if (character === '[' || character === '{') depth += 1
    else if (character === ']' || character === '}') depth -= 1
    if (depth > maxDepth) return true
  }
  return false
}
