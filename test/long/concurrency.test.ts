import { writesThatMeetAreTrue } from '../promises/concurrency.ts'

writesThatMeetAreTrue({ rounds: 60 })
