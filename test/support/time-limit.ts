import { basename } from 'node:path'
import { afterAll, expect, vi } from 'vitest'
import { limits } from '../long/limits.ts'

const part = basename(expect.getState().testPath!, '.test.ts')
const limit = limits[part]
if (limit === undefined) throw new Error(`test/long/limits.ts must give ${part} a limit.`)

const began = performance.now()
vi.setConfig({ testTimeout: limit * 1000, hookTimeout: limit * 1000 })
afterAll(() => {
  const seconds = Math.ceil((performance.now() - began) / 1000)
  if (seconds > limit) throw new Error(`The part ${part} took ${seconds} s. Its limit is ${limit} s.`)
})
