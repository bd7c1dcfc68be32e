import { questionsOfThePast } from '../promises/questions-as-of.ts'

questionsOfThePast({ agreements: 60, writes: 200, lists: 400, statistics: 250, positions: 100, exports: 50 })
