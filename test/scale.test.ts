import { listsOfAnySize } from './promises/scale.ts'

listsOfAnySize({ agreements: 1_000, lists: 150, read: { lists: 10, least: 50, most: 600 }, large: false })
