import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { atEnd } from './at-end.ts'

const usualPlaces = ['/usr/sbin/nginx', '/usr/bin/nginx', '/usr/local/sbin/nginx', '/opt/homebrew/bin/nginx']

/** Where nginx is: what `NGINX` names, or else the first in its usual places; undefined where there is none. */
export const installedNginx: string | undefined = process.env['NGINX'] ?? usualPlaces.find(existsSync)

/** The configurations in `docs/operations.md`: the server, and what a cache adds beside `upstream` and to `location`. */
function documented(): [server: string, cache: string, caching: string] {
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  return [...page.matchAll(/```nginx\n([\s\S]*?)```/g)].map(([, block]) => block!) as [string, string, string]
}

const replaced = (text: string, from: string, to: string): string => {
  if (text.split(from).length !== 2) throw new Error(`The configuration must contain \`${from}\` once.`)
  return text.replace(from, to)
}

interface NginxOptions {
  /** Whether it has the documented cache; `careless`: one that also asks it for callers with a credential. */
  cache?: boolean | 'careless'
}

/** Adds the documented cache in `folder` to the configuration of the server. */
function withCache(servers: string, folder: string, careless: boolean): string {
  const [, cache, caching] = documented()
  const lines = careless ? replaced(caching, 'proxy_cache_bypass $http_authorization;', '') : caching
  const place = replaced(cache, '/var/cache/nginx/entente', folder)
  return place + replaced(servers, 'location /register/ {', `location /register/ {\n${lines}`)
}

/** The documented configuration with its cache, in front of several servers: `host:port`. */
export const documentedFor = (servers: string[]): string =>
  withCache(
    replaced(documented()[0], 'server 127.0.0.1:3000;', servers.map((server) => `server ${server};`).join('\n')),
    '/var/cache/nginx/entente',
    false,
  )

/** Runs nginx with the documented configuration, on `port`, in front of the application on `upstream`. */
export async function startNginx(port: number, upstream: number, { cache = false }: NginxOptions = {}): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'nginx-'))
  chmodSync(folder, 0o755)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const [server] = documented()
  const plain = replaced(
    replaced(server, 'server 127.0.0.1:3000;', `server 127.0.0.1:${upstream};`),
    'listen 8080;',
    `listen 127.0.0.1:${port};`,
  )
  const servers = cache ? withCache(plain, `${folder}/cache`, cache === 'careless') : plain
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; pid ${folder}/pid; events {} http { access_log off; default_type application/octet-stream;
    ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}\n${servers}}\n`,
  )
  const nginx = spawn(installedNginx!, ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  nginx.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()))
  const ended = new Promise<void>((end) => nginx.once('exit', () => end()))
  atEnd(async () => {
    nginx.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  })
  while (!(await answers(port))) {
    if (nginx.exitCode !== null) throw new Error(`nginx has ended: ${log}`)
    await setTimeout(50)
  }
}

const answers = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  )
