const counts = { delivered: 0, failed: 0 }

/** Number of attempts of this process to deliver an event, by their outcome. */
export const attemptCounts = (): Readonly<typeof counts> => counts

export const countAttempt = (isDelivered: boolean): void => void (counts[isDelivered ? 'delivered' : 'failed'] += 1)
