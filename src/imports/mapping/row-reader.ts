import { parseEdtf } from '../../shared/edtf.ts'
import { durationIn } from './durations.ts'
import { PatternError, shorter } from './patterns.ts'
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

/** The most text that derived columns add to a row, in UTF-16 units. */
const maxDerived = 1024 * 1024

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
    if (this.derivedSize > maxDerived) {
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
    this.errors.push({ ...origin, code, message, ...(wouldDo !== undefined && { wouldDo }) })
  }

  /** All values of a rule. Without any, its default. */
  values(rule: TextSource): Value[] {
    const whole = this.whole(rule)
    if (whole.text === '') return rule.default === undefined ? [] : [{ text: rule.default, origin: whole.origin }]
    const isUnknown = this.prepared.isUnknownIn(rule)
    const isKnown = (text: string) => !isUnknown(text) && !this.prepared.isUnknown(text)
    const found = splitCell(whole.text, rule.split, this.prepared.isName)
      .filter(isKnown)
      .filter((text) => rule.keep === undefined || this.isMatch(rule.keep, text, whole.origin))
      .flatMap((text) => this.lookedUp(text, rule.table, whole.origin))
      .map((text) => ({ text, origin: whole.origin }))
    if (found.length > 0 || rule.default === undefined) return found
    return [{ text: rule.default, origin: whole.origin }]
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
      const message = `The century was corrected: ${days.join(', ')}.`
      this.warnings.push({ ...origin, code: 'century_corrected', message })
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
      return this.prepared.pattern(pattern).isIn(text)
    } catch (error) {
      if (!(error instanceof PatternError)) throw error
      this.error(origin, 'pattern_too_slow', error.message, shorter)
      return false
    }
  }

  private isTrue(condition: Condition): boolean {
    const cell = this.cell(condition.column)
    const isAmong = (values: string[]) => values.some((value) => valueKey(value) === valueKey(cell))
    const { is, isNot, matches, blank, moreThan, fewerThan } = condition
    const count =
      moreThan === undefined && fewerThan === undefined
        ? 0
        : splitCell(cell, condition.split, this.prepared.isName).length
    return (
      (is === undefined || isAmong(is)) &&
      (isNot === undefined || !isAmong(isNot)) &&
      (matches === undefined || this.isMatch(matches, cell, this.originOf(condition.column))) &&
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
  private earlierMeaning(text: string, { rule }: PreparedTable, origin: Origin): string | undefined {
    const changes = (rule.changes ?? []).filter(({ from }) => valueKey(from) === valueKey(text))
    if (changes.length === 0) return undefined
    const [day] = rule.day ? this.days(rule.day) : []
    const first = day && parseEdtf(day.text).firstDay
    if (first)
      return changes.toSorted((a, b) => (a.before < b.before ? -1 : 1)).find(({ before }) => first < before)?.to
    const message = `${JSON.stringify(text)} had another meaning before ${changes[0]!.before}, and the row has no day that decides.`
    this.warnings.push({ ...origin, code: 'meaning_unknown', message })
    return undefined
  }
}

const capitalized = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)
