// Keeps a copy of all agreements of a register in a folder: a file for each, and the cursor of the last change.
// node follower.mjs http://127.0.0.1:3000 FOLDER      It may be killed at any time, and then goes on where it was.
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

const [origin, folder] = process.argv.slice(2)
const headers = process.env.ENTENTE_KEY ? { authorization: `Bearer ${process.env.ENTENTE_KEY}` } : {}
const fileOf = (id) => join(folder, `${id}.json`)

/** After a crash the file has either its old or its new content. */
async function put(path, text) {
  await writeFile(`${path}.new`, text, { flush: true })
  await rename(`${path}.new`, path)
}

async function get(path) {
  const answer = await fetch(origin + path, { headers })
  if (!answer.ok) {
    const text = await answer.text()
    throw Object.assign(new Error(`${answer.status}: ${text}`), { code: codeOf(text) })
  }
  return answer
}

function codeOf(text) {
  try {
    return JSON.parse(text).code
  } catch {
    return undefined
  }
}

/** The cursor is not of this feed any more: the register was restored from a backup, or no longer keeps such old changes. */
const isLost = ({ code }) => code === 'changes_gone' || code === 'invalid_cursor'

/** The cursor comes first: what is changed during the export follows after it. */
async function startAgain() {
  const { cursor } = await (await get('/v1/changes?after=latest')).json()
  const lines = (await (await get('/v1/agreements/export?format=ndjson')).text()).split('\n').filter(Boolean)
  for (const name of await readdir(folder)) if (name.endsWith('.json')) await rm(join(folder, name))
  for (const line of lines) await put(fileOf(JSON.parse(line).id), line)
  return cursor
}

async function follow(after) {
  const answer = await get(`/v1/changes?wait=25&after=${after}`).catch((error) => {
    if (!isLost(error)) throw error
  })
  if (answer === undefined) return startAgain()
  const { items, cursor } = await answer.json()
  for (const { kind, id, inSelection, document } of items) {
    if (kind === 'agreement' && inSelection) await put(fileOf(id), JSON.stringify(document))
    else if (kind === 'agreement') await rm(fileOf(id), { force: true })
  }
  return cursor
}

await mkdir(folder, { recursive: true })
for (;;) {
  const cursor = await readFile(join(folder, 'cursor'), 'utf8').catch(() => '0')
  const next = await follow(cursor).catch((error) => console.error(error.message))
  if (next === undefined) await setTimeout(1000)
  else if (next !== cursor) await put(join(folder, 'cursor'), next)
}
