import { listsOfAnySize } from './promises/scale.ts'

listsOfAnySize({ agreements: 2_000, lists: 200, read: { lists: 15, least: 50, most: 1_000 }, large: false })
