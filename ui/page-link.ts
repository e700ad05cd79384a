/** Every box in its own network goes by this name: whoever opens the link joins with theirs. */
const BOX = 'http://homeseed.local'

/**
 * Where a browser can join with a secret: `http://homeseed.local/join#…`. What follows `#` never leaves the browser by
 * itself.
 * @param link  `homeseed:…`
 */
export const pageLink = (link: string): string => `${BOX}/join#${link.replace(/^homeseed:/, '')}`
