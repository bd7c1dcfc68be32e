/** The short tests that are not run with other settings, because they need no database or look at those settings. */
export const notAgain: string[] = []
