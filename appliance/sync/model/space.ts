/** How much of a disk something may take. */
export type Space =
  | { readonly type: 'bytes'; readonly bytes: number }
  /** of the disk it lies on: above 0, up to 1 */
  | { readonly type: 'part'; readonly part: number }
  | { readonly type: 'unlimited' }

const units: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
}

/** `10GB`, `512 MiB`, `5%` or `unlimited`; a number needs its unit. */
export function parseSpace(text: string): Space | undefined {
  if (text === 'unlimited') return { type: 'unlimited' }
  const [, digits = '', unit = ''] = /^(\d{1,12}(?:\.\d{1,6})?) ?(%|[a-z]{1,3})$/i.exec(text) ?? []
  const number = Number(digits)
  if (unit === '%') return number > 0 && number <= 100 ? { type: 'part', part: number / 100 } : undefined
  const factor = Object.hasOwn(units, unit.toUpperCase()) ? (units[unit.toUpperCase()] ?? 0) : 0
  const bytes = Math.floor(number * factor)
  return bytes > 0 && bytes <= Number.MAX_SAFE_INTEGER ? { type: 'bytes', bytes } : undefined
}

/** @returns Infinity for `unlimited` */
export function spaceToBytes(space: Space, diskBytes: number): number {
  if (space.type === 'unlimited') return Infinity
  return space.type === 'bytes' ? space.bytes : Math.floor(diskBytes * space.part)
}
