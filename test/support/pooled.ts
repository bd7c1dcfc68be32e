/**
 * Whether the tests use their databases through a pooler, without prepared statements (`npm run test:scale`). Tests of what
 * happens at a statement of a certain name, to the connections of this process alone, with a setting of each connection, or
 * by the plan of a prepared statement are skipped then.
 */
export const isPooled = process.env['TEST_POOLER'] !== undefined
