import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { editDistance } from '../shared/edit-distance.ts'

/** What is told of a setting, in errors and in docs/configuration.md. */
interface About {
  description: string
  /** What it may be, so that it reads after «it must be». */
  allowed: string
  /** What happens when it is not set; only for those without a default. */
  unset?: string
  /** Whether its value is never shown, and may come from the file that `NAME_FILE` names. */
  secret?: boolean
}

/** What is told of each setting: `schema.register(about, { … })`, last in its chain. */
export const about = z.registry<About>()

export const aboutOf = (schema: z.core.$ZodType): About => about.get(schema)!

/** Settings that were read. */
interface ReadSettings<Values> {
  /** There when nothing is wrong. */
  values?: Values
  /** As text, those that could be read, right or wrong. */
  given: Record<string, string>
  /** A line for each that is wrong. */
  problems: string[]
}

/**
 * Reads the settings of `schema` from an environment. One that is empty counts as not set. A secret may be in a file:
 * `NAME_FILE` is its path, and the white space at its end is not part of the secret.
 */
export function readSettings<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  environment: NodeJS.ProcessEnv,
): ReadSettings<z.infer<z.ZodObject<Shape>>> {
  const names = Object.keys(schema.shape)
  const problems = names.flatMap((name) => misspelt(name, names, environment))
  const given: Record<string, string> = {}
  for (const name of names) {
    const { value, problem } = valueOf(name, aboutOf(schema.shape[name]!), environment)
    if (value !== undefined) given[name] = value
    if (problem !== undefined) problems.push(problem)
  }
  const read = schema.safeParse(given)
  const wrong = new Set(read.error?.issues.map((issue) => String(issue.path[0])))
  for (const name of wrong) problems.push(refusal(name, given[name]!, aboutOf(schema.shape[name]!)))
  return { ...(problems.length === 0 && { values: read.data! }), given, problems }
}

const refusal = (name: string, given: string, { secret, allowed }: About): string =>
  `${name} is ${secret ? masked(given) : JSON.stringify(given.slice(0, 200))}. It must be ${allowed}.`

/** A secret as it may be shown: of an address its scheme, since a password can be anywhere in what is not well formed. */
const masked = (secret: string): string => `"${/^[a-z]{1,20}:\/\//.exec(secret)?.[0] ?? ''}***" (secret)`

interface Value {
  value?: string
  problem?: string
}

function valueOf(name: string, { secret }: About, environment: NodeJS.ProcessEnv): Value {
  const value = environment[name] || undefined
  const file = (secret && environment[`${name}_FILE`]) || undefined
  if (file === undefined) return value === undefined ? {} : { value }
  if (value !== undefined) return { problem: `${name} and ${name}_FILE are both set. Set one of them.` }
  try {
    const content = readFileSync(file, 'utf8').trimEnd()
    return content === '' ? { problem: `${name}_FILE is "${file}". That file is empty.` } : { value: content }
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    return { problem: `${name}_FILE is "${file}". That file cannot be read (${code}).` }
  }
}

/**
 * A variable that is one typing mistake away from a setting which is not set: ignored, it would start another server
 * than was asked for. The environment belongs to others too, so shorter names and greater differences are left alone.
 */
function misspelt(name: string, names: readonly string[], environment: NodeJS.ProcessEnv): string[] {
  if (name in environment || `${name}_FILE` in environment || name.length < 8) return []
  return Object.keys(environment)
    .filter((other) => !names.includes(other) && editDistance(other.toUpperCase(), name, 1) <= 1)
    .map((other) => `${other} is not a setting. Did you mean ${name}? If not, set ${name} as well.`)
}
