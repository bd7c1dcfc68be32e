import { hostileRequestsAreRefused } from './promises/hostile.ts'

hostileRequestsAreRefused({ oneIn: 16 })
