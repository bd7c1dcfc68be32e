import type { FastifyRequest } from 'fastify'
import type { App } from '../../http/routes.ts'
import { Problem } from '../../problems/problems.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Maximum number of characters of a form. Default: 256 kB. */
    maxForm?: number
  }
}

/** Maximum number of characters of a form, and of its fields: looking one up takes longer the more there are. */
const [maxSize, maxFields] = [256 * 1024, 2_000]

/**
 * Bodies of forms (`application/x-www-form-urlencoded`) become `URLSearchParams`, for the routes of `app` only.
 * @throws Problem 413 when a form is larger, or has more fields
 */
export function takeForms(app: App): void {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async ({ routeOptions }: FastifyRequest, body: string) => {
      const max = routeOptions.config.maxForm ?? maxSize
      if (body.length > max) throw new Problem('content_too_large', `A form must be at most ${max / 1024} kB.`)
      const values = new URLSearchParams(body)
      if (values.size > maxFields)
        throw new Problem('content_too_large', `A form must have at most ${maxFields} fields.`)
      return values
    },
  )
}
