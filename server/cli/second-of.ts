/** A time as the API gives it, without what no person reads: `2026-01-31T18:00:00Z`. */
export const secondOf = (time: string): string => time.replace(/\.\d+Z$/, 'Z')
