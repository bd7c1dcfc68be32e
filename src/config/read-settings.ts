import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { editDistance } from '../shared/edit-distance.ts'

/** The description of a setting, for errors and docs/configuration.md. */
interface About {
  description: string
  /** The allowed values, as a phrase that continues "must be". */
  allowed: string
  /** What applies when it is not set; only for settings without a default. */
  unset?: string
  /** Whether its value is never shown, and may be read from the file that `NAME_FILE` names. */
  secret?: boolean
}

/** The descriptions of all settings: `schema.register(about, { … })`, last in its chain. */
export const about = z.registry<About>()

export const aboutOf = (schema: z.core.$ZodType): About => about.get(schema)!

/** The result of reading settings. */
interface ReadSettings<Values> {
  /** Only when there are no problems. */
  values?: Values
  /** The settings that could be read, as text, valid or not. */
  given: Record<string, string>
  /** A line for each invalid setting. */
  problems: string[]
}

/**
 * Reads the settings of `schema` from an environment. An empty one counts as not set. A secret may be in a file:
 * `NAME_FILE` is its path; white space at its end is ignored.
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
  `${name} is ${secret ? masked(given) : JSON.stringify(given.slice(0, 200))}. Must be ${allowed}.`

/** A secret as it may be shown: only the scheme of a URL, since a malformed one may contain the password anywhere. */
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
    return content === '' ? { problem: `${name}_FILE is "${file}". The file must not be empty.` } : { value: content }
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    return { problem: `${name}_FILE is "${file}". The file cannot be read (${code}).` }
  }
}

/**
 * Reports a variable that is one typing error away from a setting that is not set: ignoring it would start a server with
 * other settings than intended. The environment has variables of other programs too, so shorter names and larger
 * differences are ignored.
 */
function misspelt(name: string, names: readonly string[], environment: NodeJS.ProcessEnv): string[] {
  if (name in environment || `${name}_FILE` in environment || name.length < 8) return []
  return Object.keys(environment)
    .filter((other) => !names.includes(other) && editDistance(other.toUpperCase(), name, 1) <= 1)
    .map((other) => `${other} is not a setting. Did you mean ${name}? If not, set ${name} as well.`)
}
