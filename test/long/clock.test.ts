import { timePasses } from '../promises/clock.ts'

timePasses({ agreements: 10_000, days: 400, each: 10 })
