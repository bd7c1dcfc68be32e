/** The key with which a program calls a running server; undefined when it is not set. */
export const keyIn = (environment: Record<string, string | undefined>): string | undefined =>
  environment['ENTENTE_KEY'] || undefined
