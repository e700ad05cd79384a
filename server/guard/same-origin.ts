/** The request headers that tell which page a request comes from. */
export interface OriginHeaders {
  readonly host: string | undefined
  readonly origin: string | undefined
  readonly fetchSite: string | undefined
  readonly fetchMode: string | undefined
  readonly fetchDest: string | undefined
}

/**
 * Whether a request that changes something comes from our own page. Browsers send `Sec-Fetch-Site` only to what they
 * trust (https, localhost), but `Origin` with every POST; without both it is no browser of an owner.
 */
export function isOwnChange({ host, origin, fetchSite }: OriginHeaders): boolean {
  if (fetchSite !== undefined) return fetchSite === 'same-origin'
  return host !== undefined && origin?.toLowerCase() === `http://${host.toLowerCase()}`
}

/** Whether a request that changes nothing may be answered: another site may lead here, but not embed us or read us. */
export const isOwnRead = ({ fetchSite, fetchMode, fetchDest }: OriginHeaders): boolean =>
  fetchSite === undefined ||
  fetchSite === 'same-origin' ||
  fetchSite === 'none' ||
  (fetchMode === 'navigate' && (fetchDest === undefined || fetchDest === 'document'))
