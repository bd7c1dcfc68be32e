import { timePasses } from './promises/clock.ts'

timePasses({ agreements: 300, days: 30, each: 5 })
