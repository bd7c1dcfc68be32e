/** The register as `npm start` serves it, without a log, and with rate limits that are counted but never reached. */
import { buildApp } from '../src/app.ts'
import { connect } from '../src/database/connect.ts'

const max = 999_999_999
const app = await buildApp(
  { db: connect({ url: process.argv[2]! }), today: () => '2026-01-01' },
  { rates: { reads: max, writes: max, exports: max, failures: max } },
)
console.log(await app.listen({ port: 0, host: '127.0.0.1' }))
process.stdin.on('end', () => process.exit()).resume()
