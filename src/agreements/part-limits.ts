/** Maximum number of parts of each kind in an agreement, however they were added. */
export const maxParts = { signatories: 100, dates: 500, researchDomains: 100, sources: 200 } as const
