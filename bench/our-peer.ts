/** The register itself, as `npm start` serves it, without its log, and with limits that count but are never reached. */
import { buildApp } from '../src/app.ts'
import { connect } from '../src/database/connect.ts'

const most = 999_999_999
const app = await buildApp(
  { db: connect({ url: process.argv[2]! }), today: () => '2026-01-01' },
  { rates: { reads: most, writes: most, exports: most, failures: most } },
)
console.log(await app.listen({ port: 0, host: '127.0.0.1' }))
process.stdin.on('end', () => process.exit()).resume()
