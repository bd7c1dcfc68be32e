import { Configuration } from '../../src/config/config.ts'
import { aboutOf } from '../../src/config/read-settings.ts'

const introduction = `# Configuration

Settings are environment variables. An empty one counts as not set. The server does not start with invalid settings: it
reports the name of each, the given value (secrets are masked) and the valid values. It also does not start if a
variable looks like a misspelt setting that is not set (\`DATABSE_URL\`), because ignoring it could start the server with
the wrong configuration. If that variable belongs to another program, set the setting too, for example to an empty value.

Secrets can be in files, as is usual for containers: \`DATABASE_URL_FILE\` is the path of a file that contains the value
of \`DATABASE_URL\`. Setting both is an error.

This page is generated from \`src/config/config.ts\` by \`npm run configuration\`; a test keeps it up to date.
`

/** The text of docs/configuration.md, from the schema. */
export function configurationPage(): string {
  const sections = Object.entries(Configuration.shape).map(([name, schema]) => {
    const { description, allowed, unset, secret } = aboutOf(schema)
    const byDefault =
      schema.safeParse(undefined).success && 'defaultValue' in schema.def ? schema.def.defaultValue : undefined
    return [
      `## ${name}`,
      description,
      `- Allowed: ${allowed}.`,
      `- Not set: ${unset ?? `\`${String(byDefault)}\``}.`,
      ...(secret ? [`- Secret: never shown. \`${name}_FILE\` can be the path of a file that contains it.`] : []),
    ]
  })
  const text = sections.map(
    ([heading, description, ...facts]) => `${heading}\n\n${description}\n\n${facts.join('\n')}\n`,
  )
  return [introduction, ...text].join('\n')
}
