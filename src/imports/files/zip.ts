import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import { createInflateRaw } from 'node:zlib'
import { FileError } from './errors.ts'
import { SheetExtent } from './sheet-extent.ts'

/** The largest unpacked size of a spreadsheet, in bytes. */
const maxUnpackedSize = 128 * 1024 * 1024

/** The most parts of a spreadsheet, such as sheets. */
const maxParts = 1000

interface Entry {
  name: string
  isCompressed: boolean
  /** Where its local header begins. */
  offset: number
  packedSize: number
  checksum: number
}

const invalid = (): FileError => new FileError('invalid_spreadsheet', 'The file is not a valid XLSX file.')

/** An entry as it is stored, with the size that it really has when unpacked. */
interface CheckedEntry extends Entry {
  packed: Buffer
  size: number
}

/**
 * The same archive with only the wanted entries. Each is unpacked once, without keeping it, to find its size, whatever the
 * archive says; no further than the limit allows.
 * @throws FileError `too_large` when they are larger than 128 MB, more than 1,000, or sheets that go too far;
 *   `invalid_spreadsheet`
 */
export async function onlyEntries(
  archive: Buffer,
  isWanted: (name: string) => boolean,
): Promise<{ archive: Buffer; hasMergedCells: boolean }> {
  const checked: CheckedEntry[] = []
  let left = maxUnpackedSize
  let hasMergedCells = false
  const wanted = entriesOf(archive).filter(({ name }) => isWanted(name))
  if (wanted.length > maxParts) {
    throw new FileError(
      'too_large',
      `The spreadsheet must have at most ${maxParts} sheets. Delete some, or save one as CSV.`,
    )
  }
  refuseOverlapping(archive, wanted)
  for (const entry of wanted) {
    const packed = packedIn(archive, entry)
    const extent = new SheetExtent()
    const size = entry.isCompressed ? await inflatedSize(packed, left, extent) : await storedSize(packed, extent)
    hasMergedCells ||= extent.hasMergedCells
    left -= size
    if (left < 0) throw tooLarge()
    checked.push({ ...entry, packed, size })
  }
  return { archive: archiveOf(checked), hasMergedCells }
}

/** The entries of the central directory at the end of an archive (APPNOTE 4.3.12). */
function entriesOf(archive: Buffer): Entry[] {
  try {
    const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]))
    const entries: Entry[] = []
    let at = archive.readUInt32LE(end + 16)
    for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
      if (archive.readUInt32LE(at) !== 0x02014b50) throw invalid()
      const [nameLength, extraLength] = [archive.readUInt16LE(at + 28), archive.readUInt16LE(at + 30)]
      entries.push({
        name: archive.toString('utf8', at + 46, at + 46 + nameLength),
        isCompressed: archive.readUInt16LE(at + 10) !== 0,
        offset: archive.readUInt32LE(at + 42),
        checksum: archive.readUInt32LE(at + 16),
        packedSize: packedSizeOf(archive, at, at + 46 + nameLength),
      })
      at += 46 + nameLength + extraLength + archive.readUInt16LE(at + 32)
    }
    return entries
  } catch (error) {
    throw error instanceof RangeError ? invalid() : error
  }
}

/** Some programs write all sizes in the extra field for large archives (APPNOTE 4.5.3): the unpacked size, then the packed one. */
function packedSizeOf(archive: Buffer, entry: number, extra: number): number {
  const size = archive.readUInt32LE(entry + 20)
  if (size !== 0xffffffff) return size
  if (archive.readUInt16LE(extra) !== 1) throw invalid()
  const hasUnpacked = archive.readUInt32LE(entry + 24) === 0xffffffff
  return Number(archive.readBigUInt64LE(extra + (hasUnpacked ? 12 : 4)))
}

function packedIn(archive: Buffer, { offset, packedSize }: Entry): Buffer {
  if (offset + 30 > archive.length) throw invalid()
  const start = offset + 30 + archive.readUInt16LE(offset + 26) + archive.readUInt16LE(offset + 28)
  return archive.subarray(start, start + packedSize)
}

/** Many entries can name the same bytes, which would be copied for each. @throws FileError when they do */
function refuseOverlapping(archive: Buffer, entries: Entry[]): void {
  const size = entries.reduce((sum, entry) => sum + packedIn(archive, entry).length, 0)
  if (size > archive.length) throw invalid()
}

const tooLarge = (): FileError =>
  new FileError(
    'too_large',
    `The spreadsheet must be at most ${maxUnpackedSize / 1024 / 1024} MB when unpacked. Save it as CSV, or split it.`,
  )

/** Yields to other requests. @throws FileError when it goes too far */
async function storedSize(content: Buffer, extent: SheetExtent): Promise<number> {
  for (let start = 0; start < content.length; start += 65_536) {
    extent.read(content.subarray(start, start + 65_536))
    await setImmediate()
  }
  return content.length
}

/** @throws FileError when it is larger than `limit`, or goes too far */
async function inflatedSize(packed: Buffer, limit: number, extent: SheetExtent): Promise<number> {
  let size = 0
  try {
    await pipeline([packed], createInflateRaw(), async (unpacked: AsyncIterable<Buffer>) => {
      for await (const chunk of unpacked) {
        size += chunk.length
        if (size > limit) throw tooLarge()
        extent.read(chunk)
      }
    })
  } catch (error) {
    throw error instanceof FileError ? error : invalid()
  }
  return size
}

/** What both headers of an entry have: version 2.0, names in UTF-8, method, 1 January 1980, checksum, sizes, length of the name. */
function headerOf({ name, isCompressed, checksum, packed, size }: CheckedEntry): Buffer {
  const header = Buffer.alloc(26)
  header.writeUInt16LE(20, 0)
  header.writeUInt16LE(0x0800, 2)
  header.writeUInt16LE(isCompressed ? 8 : 0, 4)
  header.writeUInt16LE(0x0021, 8)
  header.writeUInt32LE(checksum, 10)
  header.writeUInt32LE(packed.length, 14)
  header.writeUInt32LE(size, 18)
  header.writeUInt16LE(Buffer.byteLength(name), 22)
  return header
}

function archiveOf(entries: CheckedEntry[]): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const entry of entries) {
    const [header, name] = [headerOf(entry), Buffer.from(entry.name)]
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(offset, 10)
    locals.push(Buffer.from('PK\u0003\u0004'), header, name, entry.packed)
    directory.push(Buffer.from('PK\u0001\u0002\u0014\0'), header, tail, name)
    offset += 30 + name.length + entry.packed.length
  }
  const end = Buffer.alloc(22)
  end.write('PK\u0005\u0006')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(
    directory.reduce((sum, { length }) => sum + length, 0),
    12,
  )
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, ...directory, end])
}
