import type { MappedAgreement, MappedDate, MappedRelation, MappedStatement } from './mapped.ts'
import { type MappedSignatory, signatoriesOf } from './parties.ts'
import { bindingValues, eventValues, statusValues, typeValues } from './register-values.ts'
import type { Origin, RowReader, Value } from './row-reader.ts'
import type { DateRule, Mapping } from './schemas.ts'
import { entryIntoForceOf, termOf } from './term.ts'

/** Makes the parts of one row, and keeps where each comes from. */
export class RowMapper {
  readonly origins: Record<string, Origin> = {}
  private readonly row: RowReader
  private readonly mapping: Mapping

  constructor(row: RowReader, mapping: Mapping) {
    this.row = row
    this.mapping = mapping
  }

  parts(): { agreement: MappedAgreement; statements: MappedStatement[]; relations: MappedRelation[] } {
    const { mapping } = this
    const keep = (pointer: string, value: Value | undefined) => void this.known(pointer, value)
    const agreement: MappedAgreement = {
      ...this.ownFields(),
      signatories: this.signatories(),
      ...(mapping.dates && { dates: this.dates(mapping.dates) }),
      ...(mapping.entryIntoForce && { entryIntoForce: entryIntoForceOf(this.row, mapping.entryIntoForce, keep) }),
      ...(mapping.term && { term: termOf(this.row, mapping.term, keep) }),
      ...this.lists(),
    }
    return { agreement, statements: this.statements(), relations: this.relations() }
  }

  private ownFields(): Partial<MappedAgreement> {
    const { row, mapping } = this
    const title = this.required('/title', row.value(mapping.title), 'title')
    const type = this.known('/type', row.oneOf(mapping.type, typeValues))
    if (type === undefined && !row.errors.some(({ column }) => column === (mapping.type.column ?? null))) {
      this.required('/type', undefined, 'type')
    }
    const binding = this.known('/binding', row.oneOf(mapping.binding, bindingValues))
    const summary = mapping.summary && row.values(mapping.summary)
    return {
      ...(mapping.reference && { reference: this.known('/reference', row.value(mapping.reference)) ?? null }),
      ...(title !== undefined && { title }),
      ...(mapping.titleIsDescriptive !== undefined && { titleIsDescriptive: mapping.titleIsDescriptive }),
      ...(type !== undefined && { type }),
      ...(binding !== undefined && { binding }),
      ...(summary && { summary: this.known('/summary', summary[0]) ?? null }),
    }
  }

  private signatories(): MappedSignatory[] {
    const all = signatoriesOf(this.row, this.mapping)
    for (const [index, { column, value }] of all.entries())
      this.origins[`/signatories/${index}/signatory`] = { column, value }
    return all
  }

  private dates(rules: DateRule[]): MappedDate[] {
    const { row } = this
    const dates: MappedDate[] = []
    for (const rule of rules) {
      if (!row.fulfils(rule.when)) continue
      const days = row.days(rule.date)
      if (days.length === 0) continue
      const event = rule.event ?? row.oneOf(rule.eventFrom, eventValues)?.text
      if (event === undefined) {
        this.noEvent(rule, days[0]!)
        continue
      }
      const [effective] = rule.effectiveDate ? row.days(rule.effectiveDate) : []
      const [place, note, party] = [row.value(rule.place), row.value(rule.note), row.value(rule.party)]
      for (const [index, day] of days.entries()) {
        const at = `/dates/${dates.length}`
        dates.push({
          event,
          occurrence: index + 1,
          date: this.known(`${at}/date`, day),
          effectiveDate: this.known(`${at}/effectiveDate`, effective) ?? null,
          place: this.known(`${at}/place`, place) ?? null,
          note: this.known(`${at}/note`, note) ?? null,
          party: this.known(`${at}/signatory`, party) ?? null,
        })
      }
    }
    return dates
  }

  private noEvent({ eventFrom }: DateRule, day: Value): void {
    if (this.row.errors.some(({ column }) => column === eventFrom?.column)) return
    this.row.error(day.origin, 'no_act', 'Nothing says of which act this is the day.', 'A default for `eventFrom`.')
  }

  private lists(): Partial<MappedAgreement> {
    const { row, mapping } = this
    const { alternativeTitles, languages, identifiers, documents, sources, researchDomains } = mapping
    const all = <Rule, Item>(
      pointer: string,
      rules: readonly Rule[],
      itemsOf: (rule: Rule) => (Item & { origin: Origin })[],
    ) =>
      rules.flatMap(itemsOf).map(({ origin, ...item }, index) => {
        this.origins[`${pointer}/${index}`] = origin
        return item
      })
    return {
      ...(alternativeTitles && {
        alternativeTitles: all('/alternativeTitles', alternativeTitles, ({ language, title }) => {
          const found = row.value(title)
          return found ? [{ language, title: found.text, origin: found.origin }] : []
        }),
      }),
      ...(languages && {
        languages: row
          .values(languages)
          .map(({ text }, index) => this.listed(`/languages/${index}`, text, languages.column)),
      }),
      ...(identifiers && {
        identifiers: all('/identifiers', identifiers, ({ scheme, value }) =>
          row.values(value).map(({ text, origin }) => ({ scheme, value: text, origin })),
        ),
      }),
      ...(documents && {
        documents: all('/documents', documents, ({ url, title, language }) =>
          row.values(url).map(({ text, origin }) => ({
            title: row.value(title)?.text ?? 'Text',
            url: text,
            ...(language !== undefined && { language }),
            origin,
          })),
        ),
      }),
      ...(sources && {
        sources: all('/sources', sources, ({ key, title, publisher, url }) => {
          const found = row.value(title)
          if (!found) return []
          const [by, at] = [row.value(publisher)?.text ?? null, row.value(url)?.text ?? null]
          return [{ key, title: found.text, publisher: by, url: at, origin: found.origin }]
        }),
      }),
      ...(researchDomains && {
        researchDomains: all('/researchDomains', researchDomains, (rule) =>
          row.values(rule).map((found) => ({ ...found })),
        ).map(({ text }) => text),
      }),
    }
  }

  private statements(): MappedStatement[] {
    const statements: MappedStatement[] = []
    for (const { status, on, onDay } of this.mapping.statements ?? []) {
      const found = this.row.oneOf(status, statusValues)
      if (!found) continue
      const [day] = onDay ? this.row.days(onDay) : []
      const at = `/statusStatements/${statements.length}`
      this.origins[at] = found.origin
      statements.push({ status: found.text, on: this.known(`${at}/on`, day) ?? on ?? null, ...found.origin })
    }
    return statements
  }

  private relations(): MappedRelation[] {
    return (this.mapping.relations ?? []).flatMap(({ kind, to, scheme }) =>
      this.row
        .values(to)
        .map(({ text, origin }) => ({ kind, to: text, ...(scheme !== undefined && { scheme }), ...origin })),
    )
  }

  /** The text of a value, whose origin is kept. */
  private known(pointer: string, value: Value): string
  private known<Text extends string>(pointer: string, value: (Value & { text: Text }) | undefined): Text | undefined
  private known(pointer: string, value: Value | undefined): string | undefined {
    if (value) this.origins[pointer] = value.origin
    return value?.text
  }

  private listed(pointer: string, text: string, column: string | undefined): string {
    this.origins[pointer] = { column: column ?? null, value: text }
    return text
  }

  private required(pointer: string, value: Value | undefined, field: 'title' | 'type'): string | undefined {
    if (value) return this.known(pointer, value)
    const column = this.mapping[field].column ?? null
    this.row.error(
      { column, value: '' },
      'required',
      `The ${field} is missing.`,
      `A ${field}; or a default in the mapping.`,
    )
    return undefined
  }
}
