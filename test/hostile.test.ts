import { hostileRequestsAreRefused } from './promises/hostile.ts'

hostileRequestsAreRefused({ oneIn: 8 })
