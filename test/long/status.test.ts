import { statusIsTrue } from '../promises/status.ts'

statusIsTrue({ runs: 2_000, walks: 60, agreements: 10_000 })
