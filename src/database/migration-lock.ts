/** The key of an advisory lock that nothing but migrations uses. */
export const migrationLock = 7_262_019
