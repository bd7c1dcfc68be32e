import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** What Redocly says of a document. @throws with its findings, when there are any */
export async function lint(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'openapi-'))
  const redocly = join(createRequire(import.meta.url).resolve('@redocly/cli/package.json'), '../bin/cli.js')
  const config = fileURLToPath(new URL('../../openapi/redocly.yaml', import.meta.url))
  try {
    await writeFile(join(folder, 'openapi.json'), text)
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [redocly, 'lint', join(folder, 'openapi.json'), '--config', config],
      { env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', NO_COLOR: '1' } },
    )
    return stdout + stderr
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(stdout + stderr, { cause: error })
  } finally {
    await rm(folder, { recursive: true })
  }
}
