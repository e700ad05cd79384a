/** Whether this device takes part in a path. Kept in the index by these numbers. */
export const leftOut = {
  /** it does */
  no: 0,
  /** a rule ignores it; what `seen` tells of lay here when that began */
  ignored: 1,
  /** no rule ignores it any more, and it has not been looked at since: what is missing was not deleted */
  returning: 2,
  /** its owner did not choose it: it does not lie here */
  unchosen: 3,
  /** likewise, but it lies here still, and takes part until another device is known to have it */
  going: 4,
  /** this device has told that others cannot count on it any more; once they know, it goes */
  leaving: 5,
} as const
export type LeftOut = (typeof leftOut)[keyof typeof leftOut]

/** Whether others can have it from here. */
export const takesPart = (state: LeftOut): boolean => state === leftOut.no || state === leftOut.going

/** Whether it lies here because it was chosen once. */
export const isOnItsWayOut = (state: LeftOut): boolean => state === leftOut.going || state === leftOut.leaving
