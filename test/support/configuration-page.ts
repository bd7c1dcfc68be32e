import { Configuration } from '../../src/config/config.ts'
import { aboutOf } from '../../src/config/read-settings.ts'

const introduction = `# Configuration

Settings are environment variables. One that is empty counts as not set. A start with a wrong one stops, and says of
each its name, what was given (secrets are masked), and what is allowed. So does a start with a variable whose name is
one slip away from a setting that is not set (\`DATABSE_URL\`): ignored, it would start another server than was asked
for. If it is another program's, set the setting as well, be it to nothing.

A secret may come from a file, as containers hand them over: \`DATABASE_URL_FILE\` is the path of a file that holds
what \`DATABASE_URL\` would. To set both is an error.

This page is written from \`src/config/config.ts\` by \`npm run configuration\`; a test holds it to that.
`

/** docs/configuration.md, from the schema. */
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
      ...(secret ? [`- A secret: never shown; \`${name}_FILE\` names a file that holds it.`] : []),
    ]
  })
  const text = sections.map(
    ([heading, description, ...facts]) => `${heading}\n\n${description}\n\n${facts.join('\n')}\n`,
  )
  return [introduction, ...text].join('\n')
}
