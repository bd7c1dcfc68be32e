import { randomUUID } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Busboy, type BusboyInstance } from '@fastify/busboy'
import type { FastifyRequest } from 'fastify'
import { CallerGone } from '../database/errors.ts'
import { callerOf } from '../http/rate-limits.ts'
import { Problem } from '../problems/problems.ts'
import type { App } from '../http/routes.ts'
import { maxFileSize } from './files/source.ts'
import { tooManyFiles } from './reads.ts'

/** The media types of a file that is the whole body. */
const fileTypes = [
  'text/csv',
  'text/tab-separated-values',
  'application/x-ndjson',
  'application/json',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/octet-stream',
] as const

/** A file on disk while it is worked with. It has no name there, so that no crash leaves it. */
export class Upload {
  name: string | undefined
  /** The other parts of a form. */
  readonly fields: Record<string, string> = Object.create(null)
  readonly #handle: FileHandle
  #users = 0
  #isOver = false

  private constructor(handle: FileHandle) {
    this.#handle = handle
  }

  static async begin(): Promise<Upload> {
    const path = join(tmpdir(), `entente-import-${randomUUID()}`)
    const handle = await open(path, 'wx+', 0o600)
    await unlink(path)
    return new Upload(handle)
  }

  /** Keeps what a stream brings. @throws Problem 413 */
  async save(stream: Readable): Promise<void> {
    const write = async (handle: FileHandle, pieces: AsyncIterable<Buffer>): Promise<void> => {
      let size = 0
      for await (const piece of pieces) {
        size += piece.length
        if (size > maxFileSize) throw tooLarge()
        await handle.writeFile(piece)
      }
    }
    await this.use((handle) => pipeline(stream, (pieces: AsyncIterable<Buffer>) => write(handle, pieces)))
  }

  /** Works with the file, which stays until that is done. */
  async use<Result>(work: (handle: FileHandle) => Promise<Result>): Promise<Result> {
    this.#users += 1
    try {
      return await work(this.#handle)
    } finally {
      this.#users -= 1
      if (this.#isOver) await this.end()
    }
  }

  /** Frees the file as soon as nobody works with it. */
  async end(): Promise<void> {
    this.#isOver = true
    if (this.#users === 0) await this.#handle.close()
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The file of this request. */
    upload: Upload | undefined
  }
}

/** How many files of one caller, and of all, are received at the same time: each takes space on the disk. */
const most = { ofCaller: 4, ofAll: 16 }

/** The callers of the requests whose files are being received, or are there until the response was sent. */
const receiving = new Map<FastifyRequest, string>()

/** @throws Problem 503 when too many files are being received; CallerGone */
function enter(request: FastifyRequest): void {
  if (request.disconnect.aborted) throw new CallerGone()
  const caller = callerOf(request)
  const own = [...receiving.values()].filter((one) => one === caller).length
  if (own >= most.ofCaller) throw tooManyFiles(`${most.ofCaller} of your files are being received`)
  if (receiving.size >= most.ofAll) throw tooManyFiles(`${most.ofAll} files are being received`)
  receiving.set(request, caller)
}

/**
 * Lets the routes of `app` receive files: each is written to disk while it arrives, and deleted after the response. It may
 * take longer than other bodies.
 */
export function takeUploads(app: App): void {
  app.decorateRequest('upload')
  app.addHook('onRequest', (request, reply, done) => {
    app.uploads.allow(request)
    reply.raw.once('close', () => {
      receiving.delete(request)
      void request.upload?.end()
    })
    done()
  })
  app.removeContentTypeParser(['application/json'])
  app.addContentTypeParser([...fileTypes], async (request: FastifyRequest, body: Readable) => {
    enter(request)
    request.upload = await Upload.begin()
    await request.upload.save(body)
    return {}
  })
  app.addContentTypeParser('multipart/form-data', takeForm)
  app.addContentTypeParser('*', async () => {
    const types = ['multipart/form-data', ...fileTypes].map((type) => `\`${type}\``)
    throw new Problem('unsupported_media_type', `The media type must be one of ${types.join(', ')}.`)
  })
}

/** The largest part of a form besides the file, in bytes. */
const maxField = 1024 * 1024

const maxParts = 30

/**
 * Takes a form: the part `file` is the file; any other part is a field, even if it is sent as a file.
 * @throws Problem 400, 413
 */
async function takeForm(request: FastifyRequest, body: Readable): Promise<object> {
  enter(request)
  const work: Promise<unknown>[] = []
  const form = formReader(request)
  const upload = await Upload.begin()
  const { fields } = upload
  // It is freed after the response, also when the form is refused.
  request.upload = upload
  let hasFile = false
  form.on('field', (name: string, value: string, _: boolean, truncated: boolean) => {
    fields[name] = value
    if (truncated) form.destroy(tooLargePart())
  })
  form.on('file', (name: string, stream: Readable, fileName: string | undefined) => {
    const isFile = name === 'file' && !hasFile
    if (name === 'file' && hasFile) form.destroy(twoFiles())
    if (isFile) {
      hasFile = true
      upload.name = fileName || undefined
    }
    const done = isFile ? upload.save(stream) : textOf(stream).then((text) => (fields[name] = text))
    work.push(done.catch((error: Error) => form.destroy(error)))
  })
  for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit']) {
    form.on(limit, () =>
      form.destroy(new Problem('content_too_large', `The form must have at most ${maxParts} parts.`)),
    )
  }
  await pipeline(body, form).catch(refuseForm)
  await Promise.all(work)
  if (!hasFile) {
    request.upload = undefined
    await upload.end()
  }
  return {}
}

/** @throws Problem 400 when the form has no boundary */
function formReader({ headers }: FastifyRequest): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': headers['content-type']! },
      limits: { fileSize: maxFileSize + 1, fieldSize: maxField, parts: maxParts },
    })
  } catch (error) {
    return refuseForm(error)
  }
}

/** The parser of forms gives its errors no code. @throws Problem 400 for these */
function refuseForm(error: unknown): never {
  if (error instanceof Problem || !(error instanceof Error) || 'code' in error) throw error
  throw new Problem('invalid_request', 'The body must be a complete form, `multipart/form-data` with its boundary.')
}

async function textOf(stream: Readable): Promise<string> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of stream as AsyncIterable<Buffer>) {
    size += piece.length
    if (size > maxField) throw tooLargePart()
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

const twoFiles = (): Problem => new Problem('invalid_request', 'The form must have only one part `file`.')

const tooLargePart = (): Problem => new Problem('content_too_large', 'A part of the form must be at most 1 MB.')

const tooLarge = (): Problem => new Problem('content_too_large', 'The file must be at most 64 MB.')
