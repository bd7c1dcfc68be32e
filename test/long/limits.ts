/** The most seconds that each part of the long tests may take, on a busy machine. */
export const limits: Record<string, number> = {
  scale: 900,
  publication: 720,
  hostile: 600,
  browser: 480,
  clock: 480,
  document: 480,
  deadlines: 300,
  generators: 900,
  imports: 300,
  client: 240,
  concurrency: 240,
  'what-get-gives': 300,
  editors: 240,
  embedded: 240,
  nginx: 240,
  status: 240,
}
