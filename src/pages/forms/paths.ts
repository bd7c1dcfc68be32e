/** The pages on which an agreement is edited; `handle` is part of an address already. */
export const editPaths = {
  agreement: (handle: string): string => `/agreements/${handle}/edit`,
  /** One item of a list of the agreement, or a new one. */
  part: (handle: string, list: string, key = 'new'): string => `/agreements/${handle}/edit/${list}/${key}`,
  deletion: (handle: string): string => `/agreements/${handle}/delete`,
  /** What is shown after it. */
  deleted: (handle: string): string => `/agreements/${handle}/deleted`,
}
