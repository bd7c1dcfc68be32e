import type { App } from '../../http/routes.ts'
import { Problem } from '../../problems/problems.ts'

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
    async (_: unknown, body: string) => {
      if (body.length > maxSize) throw new Problem('content_too_large', 'A form must be at most 256 kB.')
      const values = new URLSearchParams(body)
      if (values.size > maxFields)
        throw new Problem('content_too_large', `A form must have at most ${maxFields} fields.`)
      return values
    },
  )
}
