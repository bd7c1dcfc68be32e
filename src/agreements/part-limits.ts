/** How many parts of a kind an agreement has at the most, however they came to it. */
export const mostParts = { signatories: 100, dates: 500, researchDomains: 100, sources: 200 } as const
