import { nothingDueIsMissed } from '../promises/deadlines.ts'

nothingDueIsMissed({ agreements: 300, periods: 100 })
