import { parseEdtf } from '../../shared/edtf.ts'
import { durationIn } from './durations.ts'
import { maxWork, PatternError, shorter, type Work } from './patterns.ts'
import type { PreparedMapping, PreparedTable } from './prepare.ts'
import { oneOfThem, type RegisterValues, valueIn } from './register-values.ts'
import { splitCell } from './split-cell.ts'
import { valueKey } from './value-tables.ts'
import { columnsOf, fill } from './templates.ts'
import type { Condition, DayRule, DurationRule, TextRule } from './text-schemas.ts'

/** Where a value comes from: the column and its content; a constant has neither. */
export interface Origin {
  column: string | null
  value: string | null
}

/** Why a row cannot be used, or what is remarkable about it. */
export interface RowRemark extends Origin {
  code: string
  message: string
  /** What would do, for people. */
  wouldDo?: string
}

/** A value that a table does not have, and what it became. */
export interface Elsewhere {
  table: string
  value: string
  became: string
}

/** A text with its origin. */
export interface Value {
  text: string
  origin: Origin
}

/** The fields of a rule that say where a text comes from. */
type TextSource = Omit<TextRule, 'default'> & { default?: string | undefined }

/** The most text that derived columns and templates add to a row, in UTF-16 units. */
const maxMade = 1024 * 1024

/** The most text that all rules together read in a row, in UTF-16 units; each way to divide it counts as reading it again. */
export const maxRead = 5_000_000

/** The most values that all rules together read in a row; an agreement has room for fewer. */
const maxValues = 10_000

/** The most errors of a row that are kept, and the most warnings. */
const maxErrors = 100

/** Reads one row by the rules of a mapping, and collects what is wrong. */
export class RowReader {
  readonly errors: RowRemark[] = []
  readonly warnings: RowRemark[] = []
  readonly elsewhere: Elsewhere[] = []
  private readonly prepared: PreparedMapping
  private readonly cells: Record<string, string>
  /** The column of the file from which a derived column comes. */
  private readonly derivedFrom = new Map<string, string | null>()
  private derivedSize = 0
  private templateSize = 0
  private readValues = 0
  /** Whether a limit of the row is reached. What is wrong then can be only because something was not read. */
  private isOver = false
  /** What patterns may still do for the row, and how much text may still be read: a mapping can have thousands of rules. */
  readonly work: Work = { left: maxWork }
  readonly text: Work = { left: maxRead }

  /** @param cells by column; what is unknown is made blank */
  constructor(prepared: PreparedMapping, cells: Readonly<Record<string, string>>) {
    this.prepared = prepared
    this.cells = Object.create(null)
    for (const column of prepared.lacking) this.cells[column] = ''
    for (const [column, cell] of Object.entries(cells)) {
      const text = cell.trim()
      this.cells[column] = prepared.isUnknown(text) ? '' : text
    }
  }

  cell(column: string): string {
    return this.cells[column] ?? ''
  }

  /** Gives a column that is blank so far a content. @param from the column from which it comes */
  derive(column: string, text: string, from: string | null): void {
    if (text === '' || this.cell(column) !== '') return
    this.derivedSize += text.length
    if (this.derivedSize > maxMade) {
      this.error(
        { column: from, value: null },
        'too_long',
        'The derived columns of a row must be at most 1 MB together.',
      )
      return
    }
    this.cells[column] = text
    this.derivedFrom.set(column, from)
  }

  /** The columns that have content. */
  filledColumns(): string[] {
    return Object.keys(this.cells).filter((column) => this.cells[column] !== '')
  }

  error(origin: Origin, code: string, message: string, wouldDo?: string): void {
    if (this.isOver || this.errors.length === maxErrors) return
    this.errors.push({ ...origin, code, message, ...(wouldDo !== undefined && { wouldDo }) })
  }

  private warn(origin: Origin, code: string, message: string): void {
    if (this.warnings.length < maxErrors) this.warnings.push({ ...origin, code, message })
  }

  /** A limit of the row is reached. */
  private refuse(origin: Origin, code: string, message: string): void {
    this.error(origin, code, message, shorter)
    this.isOver = true
  }

  /** All values of a rule. Without any, its default. */
  values(rule: TextSource): Value[] {
    const whole = this.whole(rule)
    if (whole.text === '') return rule.default === undefined ? [] : [{ text: rule.default, origin: whole.origin }]
    const isUnknown = this.prepared.isUnknownIn(rule)
    const isKnown = (text: string) => !isUnknown(text) && !this.prepared.isUnknown(text)
    const kept = this.divided(whole, rule.split)
      .filter(isKnown)
      .filter((text) => rule.keep === undefined || this.isMatch(rule.keep, text, whole.origin))
    const found = this.atMost(kept, whole.origin)
      .flatMap((text) => this.lookedUp(text, rule.table, whole.origin))
      .map((text) => ({ text, origin: whole.origin }))
    if (found.length > 0 || rule.default === undefined) return found
    return [{ text: rule.default, origin: whole.origin }]
  }

  /** The values of a list in a cell; none when too much was read in the row already. */
  private divided({ text, origin }: Value, split: Condition['split'] = []): string[] {
    this.text.left -= text.length * (1 + split.length)
    if (this.text.left >= 0) return splitCell(text, split, this.prepared.isName)
    this.refuse(origin, 'too_long', 'The row has too much text for so many rules.')
    return []
  }

  private atMost(values: string[], origin: Origin): string[] {
    const room = maxValues - this.readValues
    if (values.length > room) this.refuse(origin, 'too_many_values', `The row has more than ${maxValues} values.`)
    const some = values.slice(0, room)
    this.readValues += some.length
    return some
  }

  /** The only value of a rule on one line; the first one if there are several. Undefined when blank. */
  value(rule: TextSource | undefined): Value | undefined {
    const [first] = rule ? this.values(rule) : []
    return first && { ...first, text: first.text.replaceAll(/\s+/g, ' ') }
  }

  /** Whether all conditions are true. */
  fulfils(conditions: readonly Condition[] = []): boolean {
    return conditions.every((condition) => this.isTrue(condition))
  }

  /** The days of a rule as EDTF. More than one only if the rule makes each an act. */
  days(rule: DayRule): Value[] {
    const cell = this.cell(rule.column)
    const origin = this.originOf(rule.column)
    if (cell === '' || this.prepared.isUnknownIn(rule)(cell)) return []
    const { days, problem, corrected } = this.prepared.days(rule).read(cell, this.likeYear(rule))
    if (problem) this.error(origin, problem.code, problem.message, problem.wouldDo)
    if (corrected) {
      this.warn(origin, 'century_corrected', `The century was corrected: ${days.join(', ')}.`)
    }
    return days.map((text) => ({ text, origin }))
  }

  /** A duration as ISO 8601. */
  duration(rule: DurationRule | undefined): Value | undefined {
    const found = this.value(rule)
    if (!found || !rule) return undefined
    const duration = durationIn(found.text, rule.unit)
    if (duration !== undefined) return { text: duration, origin: found.origin }
    const message = `${JSON.stringify(found.text)} is not a duration.`
    const wouldDo = '`5 years`, `18 months` or `P5Y`; or add the value to `unknown`, or to a table.'
    this.error(found.origin, 'not_a_duration', message, wouldDo)
    return undefined
  }

  /** A value that must be one of the register's. */
  oneOf<Allowed extends string>(
    rule: TextSource | undefined,
    values: RegisterValues<Allowed>,
  ): (Value & { text: Allowed }) | undefined {
    const found = this.value(rule)
    if (!found) return undefined
    const text = valueIn(values, found.text)
    if (text !== undefined) return { text, origin: found.origin }
    const wouldDo = capitalized(oneOfThem(values, '; or a table in the mapping that gives one of them'))
    this.error(found.origin, 'not_in_register', `${JSON.stringify(found.text)} is not ${values.what}.`, wouldDo)
    return undefined
  }

  private whole(rule: TextSource): Value {
    if (rule.constant !== undefined) return { text: rule.constant, origin: { column: null, value: null } }
    if (rule.column !== undefined) return { text: this.cell(rule.column), origin: this.originOf(rule.column) }
    const text = fill(rule.template ?? '', (column) => this.cell(column))
    const columns = columnsOf(rule.template ?? '').map((column) => this.originOf(column).column)
    const origin = { column: [...new Set(columns)].join(', '), value: text ?? null }
    this.templateSize += text?.length ?? 0
    if (this.templateSize > maxMade) {
      this.refuse(origin, 'too_long', 'The templates of a row must make at most 1 MB together.')
      return { text: '', origin }
    }
    if (text !== undefined) return { text, origin }
    this.error(origin, 'too_long', 'The template makes a text of more than 100,000 characters.', 'A shorter template.')
    return { text: '', origin }
  }

  private originOf(column: string): Origin {
    const from = this.derivedFrom.get(column)
    return { column: from === undefined ? column : from, value: this.cell(column) }
  }

  private likeYear({ century }: DayRule): number | undefined {
    const [year] = (century && /[0-9]{4}/.exec(this.cell(century.like))) ?? []
    return year === undefined ? undefined : Number(year)
  }

  private isMatch(pattern: string, text: string, origin: Origin): boolean {
    try {
      return this.prepared.pattern(pattern).isIn(text, this.work)
    } catch (error) {
      if (!(error instanceof PatternError)) throw error
      this.error(origin, 'pattern_too_slow', error.message, shorter)
      return false
    }
  }

  private isTrue(condition: Condition): boolean {
    const cell = this.cell(condition.column)
    const origin = this.originOf(condition.column)
    const isAmong = (values: string[]) => this.prepared.isOneOf(values)(cell)
    const { is, isNot, matches, blank, moreThan, fewerThan } = condition
    const isCounted = moreThan !== undefined || fewerThan !== undefined
    const found = isCounted ? this.divided({ text: cell, origin }, condition.split).length : 0
    // What was not read is neither more nor fewer.
    const count = this.isOver ? Number.NaN : found
    return (
      (is === undefined || isAmong(is)) &&
      (isNot === undefined || !isAmong(isNot)) &&
      (matches === undefined || this.isMatch(matches, cell, origin)) &&
      (blank === undefined || blank === (cell === '')) &&
      (moreThan === undefined || count > moreThan) &&
      (fewerThan === undefined || count < fewerThan)
    )
  }

  /** What a table makes of a value: nothing when that is blank, or an error. */
  private lookedUp(text: string, name: string | undefined, origin: Origin): string[] {
    if (name === undefined) return [text]
    const table = this.prepared.table(name)
    const earlier = this.earlierMeaning(text, table, origin)
    const found = earlier ?? table.values.get(valueKey(text))
    if (found !== undefined) return found === '' ? [] : [found]
    const became = table.rule.keepOthers ? text : table.rule.otherwise
    if (became === undefined) {
      const wouldDo = `Add it to the table, or say what every other value becomes (\`otherwise\`).`
      this.error(origin, 'not_in_table', `${JSON.stringify(text)} is not in the table \`${name}\`.`, wouldDo)
      return []
    }
    this.elsewhere.push({ table: name, value: text, became })
    return became === '' ? [] : [became]
  }

  /** What a value meant on the day that decides, if it has changed since. Without a day it has its later meaning. */
  private earlierMeaning(text: string, table: PreparedTable, origin: Origin): string | undefined {
    const { rule } = table
    const changes = table.changes.size === 0 ? undefined : table.changes.get(valueKey(text))
    if (changes === undefined) return undefined
    const [day] = rule.day ? this.days(rule.day) : []
    const first = day && parseEdtf(day.text).firstDay
    if (first)
      return changes.toSorted((a, b) => (a.before < b.before ? -1 : 1)).find(({ before }) => first < before)?.to
    const message = `${JSON.stringify(text)} had another meaning before ${changes[0]!.before}, and the row has no day that decides.`
    this.warn(origin, 'meaning_unknown', message)
    return undefined
  }
}

const capitalized = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)
