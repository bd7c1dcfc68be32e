import { partsAreFollowed } from '../promises/changes.ts'
import { followersStayEqual } from '../promises/followers.ts'

followersStayEqual({ writers: 16, writes: 50, kills: 8, rows: 150 })
partsAreFollowed({ rounds: 12 })
