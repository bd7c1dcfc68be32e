import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { atEnd } from './at-end.ts'
import { builtProject } from './built.ts'

export interface ServerProcess {
  origin: string
  process: ChildProcess
  /** The exit code, or the signal that ended the process. */
  ended: Promise<number | NodeJS.Signals | null>
}

/** A server in a separate process, on a database at `url`. It is killed after the tests of the file. */
export async function startServer(url: string, settings: Record<string, string> = {}): Promise<ServerProcess> {
  const server = spawn(process.execPath, [join(builtProject(), 'dist', 'server.js')], {
    env: { ...process.env, PORT: '0', MAX_WAIT: '60000', ...settings, DATABASE_URL: url, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  atEnd(() => void server.kill('SIGKILL'))
  const ended = new Promise<number | NodeJS.Signals | null>((settle) => {
    server.once('exit', (code, signal) => settle(code ?? signal))
  })
  const origin = await new Promise<string>((settle, reject) => {
    let log = ''
    server.stdout.on('data', (chunk: Buffer) => {
      log += chunk.toString()
      const found = /Swagger UI: (\S+)\/docs/.exec(log)
      if (found) settle(found[1]!)
    })
    void ended.then((code) => reject(new Error(`It ended with ${code}: ${log}`)))
  })
  return { origin, process: server, ended }
}
