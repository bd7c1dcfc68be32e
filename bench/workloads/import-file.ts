/** Files to import: each row is an agreement with two parties, two dates and an identifier. */
const parties = ['Japan', 'Germany', 'France', 'Brazil', 'India', 'South Africa', 'Mexico', 'Canada', 'Australia']

export const mapping = {
  rowKey: { column: 'no' },
  title: { column: 'title' },
  type: { constant: 'agreement' },
  identifiers: [{ scheme: 'bench-import', value: { column: 'no' } }],
  parties: [
    { column: 'a', side: 1 },
    { column: 'b', side: 2 },
  ],
  dates: [
    { event: 'signed', date: { column: 'signed' }, place: { column: 'place' } },
    { event: 'entered_into_force', date: { column: 'force' } },
  ],
}

const dayOf = (i: number): string => `${1950 + (i % 70)}-03-${String(1 + (i % 28)).padStart(2, '0')}`

/** A file of `rows` rows; `key` tells its identifiers from those of other files. */
export function importFile(rows: number, key: string): string {
  const lineOf = (i: number): string => {
    const title = `Agreement ${key} ${i} on research into floods and storms`
    return [`${key}-${i}`, title, 'United States', parties[i % 9], dayOf(i), dayOf(i + 1), 'Washington'].join(',')
  }
  return ['no,title,a,b,signed,force,place', ...Array.from({ length: rows }, (_, i) => lineOf(i))].join('\n')
}
