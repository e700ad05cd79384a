/** Turns valid bytes and texts into almost valid ones: decoders fail at what is nearly right. */
import type { SeededRandom } from '../sim/random.ts'

/** Lengths and numbers at which things overflow. */
const edges = [
  0n,
  1n,
  127n,
  128n,
  255n,
  65_535n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
]
const oddTexts = [
  '',
  '.',
  '..',
  '../x',
  '/',
  'a//b',
  'a\0b',
  '\ufeff',
  'e\u0301',
  '\ud800',
  '__proto__',
  'x'.repeat(5000),
  '.homeseed/x',
  'ñ'.repeat(200),
  'CON',
  '-1',
  '1e999',
  '*'.repeat(60),
  '[['.repeat(40),
]

interface Field {
  readonly tag: number
  readonly value: bigint | Uint8Array
}

/** Some changes to a message, as one field or another, at any depth, or as plain bytes. */
export function mutateMessage(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  let mutated = bytes
  for (let left = 1 + random.below(4); left > 0; left--)
    mutated = random.chance(0.7) ? mutateFields(mutated, random, 0) : mutateBytes(mutated, random)
  return mutated
}

export function mutateBytes(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const mutated = [...bytes.subarray(0, 4096)]
  const rest = bytes.subarray(4096)
  const at = random.below(mutated.length + 1)
  const length = random.below(random.pick([2, 8, 64]))
  switch (random.below(6)) {
    case 0:
      mutated[Math.min(at, Math.max(0, mutated.length - 1))] = random.below(256)
      break
    case 1:
      mutated.splice(at, length)
      break
    case 2:
      mutated.splice(at, 0, ...random.bytes(length))
      break
    case 3:
      mutated.splice(at, 0, ...mutated.slice(random.below(mutated.length + 1)).slice(0, length))
      break
    case 4:
      return bytes.subarray(0, random.below(bytes.length + 1))
    case 5:
      mutated[at] = (mutated[at] ?? 0) ^ (1 << random.below(8))
      break
  }
  return Buffer.concat([Uint8Array.from(mutated), rest])
}

export function mutateText(text: string, random: SeededRandom): string {
  const characters = [...text]
  const at = random.below(characters.length + 1)
  switch (random.below(6)) {
    case 0:
      return random.pick(oddTexts)
    case 1:
      characters.splice(at, 1 + random.below(3))
      break
    case 2:
      characters.splice(at, 0, ...random.pick(oddTexts))
      break
    case 3:
      characters.splice(at, 1, String.fromCharCode(random.below(random.pick([128, 65_536]))))
      break
    case 4: {
      const [a = '', b = ''] = characters.slice(at, at + 2)
      characters.splice(at, 2, b, a)
      break
    }
    case 5:
      return text + text
  }
  return characters.join('')
}

function mutateFields(bytes: Uint8Array, random: SeededRandom, depth: number): Uint8Array {
  const fields = read(bytes)
  if (!fields || fields.length === 0 || fields.length > 2000) return mutateBytes(bytes, random)
  const at = random.below(fields.length)
  const field = fields[at]
  if (!field) return bytes
  switch (random.below(depth < 4 ? 8 : 5)) {
    case 0:
      fields.splice(at, 1)
      break
    case 1:
      for (let left = random.below(random.pick([3, 300])); left > 0; left--) fields.splice(at, 0, field)
      break
    case 2:
      fields.push(...fields.splice(at, 1))
      break
    case 3:
      fields[at] = { tag: random.below(20) * 8 + (field.tag & 7), value: field.value }
      break
    case 4:
      fields[at] = { tag: field.tag, value: odd(field.value, random) }
      break
    default:
      if (typeof field.value === 'bigint') fields[at] = { tag: field.tag, value: odd(field.value, random) }
      else fields[at] = { tag: field.tag, value: mutateFields(field.value, random, depth + 1) }
  }
  return write(fields)
}

function odd(value: bigint | Uint8Array, random: SeededRandom): bigint | Uint8Array {
  if (typeof value !== 'bigint')
    return random.chance(0.5)
      ? new TextEncoder().encode(random.pick(oddTexts))
      : random.bytes(random.pick([0, 31, 32, 33, 64]))
  return random.chance(0.5) ? random.pick(edges) : BigInt.asUintN(64, value + BigInt(random.below(5) - 2))
}

/** @returns undefined: it does not look like a message */
function read(bytes: Uint8Array): Field[] | undefined {
  const fields: Field[] = []
  let at = 0
  const varint = (): bigint | undefined => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++]
      if (byte === undefined) return undefined
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
    return undefined
  }
  while (at < bytes.length) {
    const tag = varint()
    const value = varint()
    if (tag === undefined || value === undefined || tag > 10_000n) return undefined
    const wire = Number(tag & 7n)
    if (wire === 0) fields.push({ tag: Number(tag), value })
    else if (wire === 2 && value <= BigInt(bytes.length - at)) {
      fields.push({ tag: Number(tag), value: bytes.slice(at, at + Number(value)) })
      at += Number(value)
    } else return undefined
  }
  return fields
}

function write(fields: readonly Field[]): Uint8Array {
  const parts: Uint8Array[] = []
  const varint = (value: bigint) => {
    const bytes: number[] = []
    let left = BigInt.asUintN(64, value)
    for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128)
    bytes.push(Number(left))
    parts.push(Uint8Array.from(bytes))
  }
  for (const { tag, value } of fields) {
    if (typeof value === 'bigint') {
      varint(BigInt(tag & ~7))
      varint(value)
    } else {
      varint(BigInt((tag & ~7) | 2))
      varint(BigInt(value.length))
      parts.push(value)
    }
  }
  return Buffer.concat(parts)
}
