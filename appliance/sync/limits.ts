/** How much is done in one go. The simulation makes these tiny, so that what rarely happens happens often. */
export const limits = {
  /** differences that a scan tells at once */
  scanBatch: 500,
  /** looks that a watcher asks for; with more, looking everywhere is cheaper */
  hints: 1000,
  /** needs that are read at once, and that are under way at once */
  pullPage: 500,
  pullRunning: 600,
  /** changes that are put in place at once */
  placeOps: 500,
  /** entries that are read from the index at once, to be signed and announced: few enough to keep nobody waiting */
  announced: 100,
  /** signatures that are verified, or entries stored, before everything else gets its turn */
  verified: 100,
  stored: 300,
  /** rows that one statement forgets, and such statements in one transaction */
  forgotten: 25,
  forgetting: 20,
}
