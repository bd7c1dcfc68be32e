import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import { connect } from '../src/database/connect.ts'
import { renderOpenapi } from '../src/openapi/openapi.ts'

interface Operation {
  operationId: string
  parameters?: { name: string; in: string; required: boolean; schema: object; example?: unknown }[]
  requestBody?: { content: Record<string, { example?: unknown }> }
  responses: Record<string, object>
}

describe('the OpenAPI document', () => {
  const db = connect({ url: 'postgres://nobody@127.0.0.1:1/nothing' })
  let text: string
  let operations: [path: string, method: string, operation: Operation][]

  beforeAll(async () => {
    const app = await buildApp({ db, today: () => '2026-01-01' })
    await app.ready()
    text = renderOpenapi(app)
    const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, Operation>> }
    operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, string, Operation] => [path, method, operation]),
    )
    await app.close()
  })
  afterAll(() => db.close())

  test('openapi/openapi.json is what the routes say; `npm run openapi` writes it', async () => {
    await expect(text).toMatchFileSnapshot('../openapi/openapi.json')
  })

  test('every operation has a name of its own, a verb first', () => {
    const names = operations.map(([, , { operationId }]) => operationId)
    expect(new Set(names).size).toBe(names.length)
    expect(
      names.filter(
        (name) => !/^(list|get|create|replace|patch|delete|add|remove|restore|export|rotate|revoke)[A-Z]/.test(name),
      ),
    ).toEqual([])
  })

  test('no optional parameter is filled in beforehand: Swagger UI would send it', () => {
    const filled = operations.flatMap(([, , { operationId, parameters = [] }]) =>
      parameters
        .filter((parameter) => !parameter.required && ('example' in parameter || 'default' in parameter.schema))
        .map(({ name }) => `${operationId} ${name}`),
    )
    expect(filled).toEqual([])
  })

  test('every body has an example', () => {
    const without = operations.filter(
      ([, , { requestBody }]) =>
        requestBody && Object.values(requestBody.content).some((media) => media.example === undefined),
    )
    expect(without.map(([, , { operationId }]) => operationId)).toEqual([])
  })

  test('docs/problems.md lists exactly the codes that the code can send', async () => {
    const { problemCodes } = await import('../src/problems/problems.ts')
    const listed = readFileSync(new URL('../docs/problems.md', import.meta.url), 'utf8').matchAll(/^## ([a-z_]+)$/gm)
    expect([...listed].map(([, code]) => code)).toEqual(Object.keys(problemCodes))
  })
})
