/** Default time limits of the database, in milliseconds: see the settings `DATABASE_*_TIMEOUT`. */
export const defaultTimeLimits = { statement: 5_000, lock: 3_000, idle: 10_000, connect: 3_000 }
