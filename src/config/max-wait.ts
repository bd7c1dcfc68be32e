import { about } from './read-settings.ts'
import { Count } from './values.ts'

/** How long a request waits for others, in milliseconds. */
export const MaxWait = Count(100, 60_000).prefault('1200').register(about, {
  description:
    'Maximum time that a request waits for other requests: for a free connection to the database, for earlier edits of the same agreement, and for the event loop. Then it gets 503 `busy`. `/livez`, `/readyz` and `/metrics` have no such limit.',
  allowed: 'a number of milliseconds, from 100 to 60000',
})
