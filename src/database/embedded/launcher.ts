import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Account } from './account.ts'
import { environment } from './binaries.ts'
import { processOf } from './processes.ts'

/** The name that a launcher goes by among processes, with the server that it works for. */
const launcherName = 'entente-postgres-launcher-for-'

/**
 * Runs PostgreSQL, prints its process id, waits for it and ends as it did. Meanwhile a watch reads standard input, a
 * pipe from the server: when that closes, by whatever death of the server, it has PostgreSQL shut down, fast and clean.
 * The launcher is a shell because that starts in a millisecond and weighs one megabyte; initdb cannot do without
 * /bin/sh either. It ignores the signals that a terminal or a service manager sends to all: PostgreSQL has its own
 * answers to them.
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
  /** The working directory; `account` need not be able to walk to it. */
  folder: string
  account: Account | undefined
  /** Open file that PostgreSQL's log goes to. */
  log: number
}

export interface Launched {
  /** Of PostgreSQL itself. */
  pid: number
  hasEnded(): boolean
  /** Settles when PostgreSQL has ended, or its launcher was killed. */
  ended: Promise<void>
  /** Shuts PostgreSQL down and waits until it is gone. */
  stop(): Promise<void>
}

/** How long a shutdown may take before an immediate one, in ms; the next start recovers from that. */
const patience = 30_000

/**
 * Starts `program` under a launcher that shuts it down when this process ends, however it ends. Neither keeps this
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
      const impatient = setTimeout(() => hasEnded() || process.kill(pid, 'SIGQUIT'), patience)
      pipe.end()
      await ended
      clearTimeout(impatient)
    },
  }
}

/** The living server that the PostgreSQL `pid` works for; undefined when that is gone, and the launcher an orphan or gone. */
export function serverOf(pid: number): number | undefined {
  const launcher = processOf(processOf(pid)?.parent ?? 0)
  const server = Number(launcher?.command.split(launcherName)[1]?.split(' ')[0])
  return launcher?.parent === server ? server : undefined
}
