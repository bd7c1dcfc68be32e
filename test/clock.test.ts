import { timePasses } from './promises/clock.ts'

timePasses({ agreements: 500, days: 60, each: 5 })
