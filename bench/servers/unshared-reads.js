/** Loaded before the server: each row that is read by its id has a statement of its own. */
import { SharedReads } from '../../dist/database/shared-reads.js'

SharedReads.limits.shared = 1
SharedReads.limits.running = Infinity
