/** The most seconds that each part of the long tests may take, on a busy machine. */
export const limits: Record<string, number> = {
  scale: 600,
  publication: 300,
  hostile: 300,
  clock: 300,
  editors: 120,
  status: 120,
  deadlines: 180,
  document: 300,
}
