import { listsOfAnySize } from '../promises/scale.ts'

listsOfAnySize({ agreements: 100_000, lists: 200, read: { lists: 25, least: 200, most: 6_000 }, large: true })
