import type { FileHandle } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { FileError } from './errors.ts'

/** The largest file, in bytes. */
export const maxFileSize = 64 * 1024 * 1024

const chunkSize = 64 * 1024

/** Bytes that can be read more than once, from the start each time. */
export interface Source {
  /** In bytes. */
  size: number
  /** At most 64 KiB each; yields to the event loop between them. */
  chunks: () => AsyncIterable<Buffer>
}

/**
 * @param bytes the content, or an open file
 * @throws FileError `too_large`, `empty_file`
 */
export async function openSource(bytes: Buffer | FileHandle): Promise<Source> {
  const size = Buffer.isBuffer(bytes) ? bytes.length : (await bytes.stat()).size
  if (size === 0) throw new FileError('empty_file', 'The file is empty.')
  if (size > maxFileSize) throw new FileError('too_large', 'The file must be at most 64 MB.')
  return {
    size,
    chunks: () => (Buffer.isBuffer(bytes) ? slicesOf(bytes) : piecesOf(bytes)),
  }
}

async function* piecesOf(file: FileHandle): AsyncGenerator<Buffer> {
  for (let position = 0; ;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkSize), 0, chunkSize, position)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
    position += bytesRead
  }
}

async function* slicesOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += chunkSize) {
    yield bytes.subarray(start, start + chunkSize)
    await setImmediate()
  }
}

/** The first bytes, at most `size`. */
export async function headOf(source: Source, size: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of source.chunks()) {
    chunks.push(chunk)
    length += chunk.length
    if (length >= size) break
  }
  return Buffer.concat(chunks).subarray(0, size)
}

/** All bytes. */
export async function bytesOf(source: Source): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of source.chunks()) chunks.push(chunk)
  return Buffer.concat(chunks)
}
