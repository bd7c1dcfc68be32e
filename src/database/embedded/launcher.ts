import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Account } from './account.ts'
import { environment } from './binaries.ts'
import { processOf } from './processes.ts'

/** The process name of a launcher, followed by the process id of its server. */
const launcherName = 'entente-postgres-launcher-for-'

/**
 * Runs PostgreSQL, prints its process id, waits for it and exits with its status. Meanwhile a subshell reads standard
 * input, a pipe from the server: when the server ends in any way, the pipe closes, and PostgreSQL is shut down (fast
 * shutdown). The launcher is a shell script because that starts in a millisecond and takes one megabyte; initdb also needs
 * /bin/sh. It ignores signals that a terminal or a service manager sends to all processes: PostgreSQL handles them itself.
 */
const script = `
trap '' HUP INT TERM
exec 3<&0
"$@" 3<&- >&2 &
postgres=$!
(read -r _ <&3; kill -s INT $postgres) >&2 &
watch=$!
echo $postgres
exec 3<&- >&-
wait $postgres
status=$?
kill -s KILL $watch 2>&-
wait
exit $status`

interface Launch {
  program: string
  arguments: string[]
  /** The working directory; `account` needs no access to its path. */
  folder: string
  account: Account | undefined
  /** The file descriptor of PostgreSQL's log. */
  log: number
}

export interface Launched {
  /** The process id of PostgreSQL itself. */
  pid: number
  hasEnded(): boolean
  /** Settles when PostgreSQL has exited, or its launcher was killed. */
  ended: Promise<void>
  /** Shuts PostgreSQL down and waits until it has exited. */
  stop(): Promise<void>
}

/** Timeout of a fast shutdown, in milliseconds; then an immediate one, from which the next start recovers. */
const stopTimeout = 30_000

/**
 * Starts `program` under a launcher that shuts it down when this process ends, however that happens. Neither keeps this
 * process alive.
 * @throws Error when it cannot run as `account`
 */
export async function launch({ program, arguments: args, folder, account, log }: Launch): Promise<Launched> {
  const child = spawn('/bin/sh', ['-c', script, `${launcherName}${process.pid}`, program, ...args], {
    cwd: folder,
    env: environment,
    stdio: ['pipe', 'pipe', log],
    detached: true,
    ...account,
  })
  const pipe = child.stdin as Socket
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  pipe.on('error', () => {})
  const ended = new Promise<void>((settle) => child.once('exit', () => settle()))
  void ended.then(() => pipe.destroy())
  await once(child, 'spawn')
  const pid = await Promise.race([once(child.stdout!, 'data').then(String).then(Number), ended.then(() => 0)])
  child.unref()
  pipe.unref()
  return {
    pid,
    hasEnded,
    ended,
    async stop() {
      if (hasEnded()) return
      child.ref()
      const timer = setTimeout(() => hasEnded() || process.kill(pid, 'SIGQUIT'), stopTimeout)
      pipe.end()
      await ended
      clearTimeout(timer)
    },
  }
}

/** The running server that started the PostgreSQL `pid`; undefined when that server has ended. */
export function serverOf(pid: number): number | undefined {
  const launcher = processOf(processOf(pid)?.parent ?? 0)
  const server = Number(launcher?.command.split(launcherName)[1]?.split(' ')[0])
  return launcher?.parent === server ? server : undefined
}
