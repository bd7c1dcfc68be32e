import type { App } from '../../http/routes.ts'

/** Bodies of forms (`application/x-www-form-urlencoded`) become `URLSearchParams`, for the routes of `app` only. */
export function takeForms(app: App): void {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_: unknown, body: string) => new URLSearchParams(body),
  )
}
