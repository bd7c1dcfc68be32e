import { crc32, deflateRawSync } from 'node:zlib'

/** A cell as XLSX writes it: its attributes and its content. */
export interface SheetCell {
  type?: string
  style?: number
  xml: string
}

type Cell = string | number | SheetCell | null

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
const letter = (column: number): string => String.fromCharCode(65 + column)

function cellXml(cell: Cell, row: number, column: number): string {
  if (cell === null) return ''
  const at = `r="${letter(column)}${row}"`
  if (typeof cell === 'number') return `<c ${at}><v>${cell}</v></c>`
  if (typeof cell === 'string') return `<c ${at} t="inlineStr"><is><t>${escaped(cell)}</t></is></c>`
  return `<c ${at}${cell.style === undefined ? '' : ` s="${cell.style}"`}${cell.type ? ` t="${cell.type}"` : ''}>${cell.xml}</c>`
}

/** A day as its number in Excel. */
export const excelDay = (serial: number): SheetCell => ({ style: 1, xml: `<v>${serial}</v>` })
/** A formula with its stored value. */
export const formula = (text: string, value: string): SheetCell => ({
  type: 'str',
  xml: `<f>${escaped(text)}</f><v>${escaped(value)}</v>`,
})

/** A workbook with sheets of the given names. @param merged the merged cells of each, as XLSX writes them */
export function xlsx(sheets: Record<string, Cell[][]>, merged = ''): Buffer {
  const names = Object.keys(sheets)
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
  const relations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
  return zip({
    'xl/workbook.xml': `<workbook xmlns="${main}" xmlns:r="${relations}"><sheets>${names.map((name, index) => `<sheet name="${name}" sheetId="${index + 1}" r:id="rId${index + 1}"/>`).join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${names.map((_, index) => `<Relationship Id="rId${index + 1}" Type="${relations}/worksheet" Target="worksheets/sheet${index + 1}.xml"/>`).join('')}</Relationships>`,
    'xl/styles.xml': `<styleSheet xmlns="${main}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>`,
    ...Object.fromEntries(
      Object.values(sheets).map((rows, index) => [
        `xl/worksheets/sheet${index + 1}.xml`,
        `<worksheet xmlns="${main}"><sheetData>${rows.map((row, at) => `<row r="${at + 1}">${row.map((cell, column) => cellXml(cell, at + 1, column)).join('')}</row>`).join('')}</sheetData>${merged && `<mergeCells>${merged}</mergeCells>`}</worksheet>`,
      ]),
    ),
  })
}

/** A ZIP archive. The sizes in it can be lies. */
export function zip(files: Record<string, string | Buffer>, { claimedSize }: { claimedSize?: number } = {}): Buffer {
  const locals: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const [name, content] of Object.entries(files)) {
    const bytes = Buffer.from(content)
    const packed = deflateRawSync(bytes)
    const shared = Buffer.alloc(26)
    shared.writeUInt16LE(20, 0)
    shared.writeUInt16LE(8, 4)
    shared.writeUInt32LE(crc32(bytes), 10)
    shared.writeUInt32LE(packed.length, 14)
    shared.writeUInt32LE(claimedSize ?? bytes.length, 18)
    shared.writeUInt16LE(name.length, 22)
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), shared, Buffer.from(name), packed])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(offset, 10)
    central.push(Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\0'), shared, tail, Buffer.from(name)]))
    locals.push(local)
    offset += local.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(22)
  end.write('PK\u0005\u0006')
  end.writeUInt16LE(central.length, 8)
  end.writeUInt16LE(central.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, directory, end])
}

/** A ZIP archive in whose directory many parts of a workbook are one and the same entry. @param packed what is stored for it */
export function sameBytes(packed: Buffer, count: number): Buffer {
  const archive = zip({ 'xl/0000.xml': '' })
  const directory = archive.indexOf('PK\u0001\u0002')
  const local = archive.subarray(0, 30 + 'xl/0000.xml'.length)
  const parts = Array.from({ length: count }, (_, i) => {
    const entry = Buffer.from(archive.subarray(directory, archive.length - 22))
    entry.writeUInt32LE(packed.length, 20)
    entry.write(`xl/${String(i).padStart(4, '0')}.xml`, 46)
    return entry
  })
  const end = Buffer.from(archive.subarray(-22))
  end.writeUInt16LE(count, 8)
  end.writeUInt16LE(count, 10)
  end.writeUInt32LE(local.length + packed.length, 16)
  return Buffer.concat([local, packed, ...parts, end])
}
