import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Reader } from '../../../appliance/sync/wire/protobuf-reader.ts'
import { Writer } from '../../../appliance/sync/wire/protobuf-writer.ts'

const written = (write: (writer: Writer) => void): Uint8Array => {
  const writer = new Writer(1)
  write(writer)
  return writer.finish()
}
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
/** Reads the only field of a message. */
function read<T>(bytes: Uint8Array, take: (reader: Reader) => T): T | string {
  const reader = new Reader(bytes)
  if (!reader.next()) return reader.failure ?? 'nothing'
  const value = take(reader)
  return reader.failure ?? value
}
const anyHex64 = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n })

test('numbers, text and bytes read back', () =>
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2 ** 29 - 1 }),
      fc.maxSafeInteger(),
      fc.string({ unit: 'grapheme' }),
      anyHex64,
      (field, n, text, big) => {
        const positive = Math.abs(n)
        if (n !== 0) {
          assert.equal(
            read(
              written((w) => w.int(field, n)),
              (r) => r.int(),
            ),
            n,
          )
          assert.equal(
            read(
              written((w) => w.int(field, positive)),
              (r) => r.uint(),
            ),
            positive,
          )
        }
        assert.equal(
          read(
            written((w) => w.emptyText(field, text)),
            (r) => r.text(),
          ),
          text,
        )
        assert.equal(
          read(
            written((w) => w.uint64(field, big)),
            (r) => r.uint64(),
          ),
          big,
        )
        const digits = big.toString(16).padStart(16, '0')
        assert.equal(
          read(
            written((w) => w.hex64(field, digits)),
            (r) => r.hex64(),
          ),
          digits,
        )
        assert.deepEqual(
          written((w) => w.hex64(field, digits)),
          written((w) => w.uint64(field, big)),
        )
        const bytes = new TextEncoder().encode(text)
        assert.deepEqual(
          read(
            written((w) => w.emptyBytes(field, bytes)),
            (r) => r.bytes(),
          ),
          bytes,
        )
        assert.equal(
          read(
            written((w) => w.bool(field, true)),
            (r) => r.bool(),
          ),
          true,
        )
      },
    ),
  ))

test('the bytes are those of the specification of proto3', () => {
  assert.equal(hex(written((w) => w.int(1, 150))), '089601')
  assert.equal(hex(written((w) => w.text(2, 'testing'))), '120774657374696e67')
  assert.equal(hex(written((w) => w.int(1, -2))), '08feffffffffffffffff01')
  assert.equal(
    hex(
      written((w) => {
        w.int(1, 1)
        w.leave(w.enter(3))
      }),
    ),
    '08011a00',
  )
  const nothing = written((w) => {
    w.int(1, 0)
    w.bool(2, false)
    w.text(3, '')
    w.bytes(4, new Uint8Array(0))
    w.hex64(5, '0'.repeat(16))
  })
  assert.equal(nothing.length, 0)
})

test('a message of any length gets its length before it', () => {
  for (const length of [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152]) {
    const content = new Uint8Array(length).fill(7)
    const bytes = written((w) => {
      const outer = w.enter(1)
      w.bytes(2, content)
      w.leave(outer)
      w.int(3, 5)
    })
    const reader = new Reader(bytes)
    assert.ok(reader.next())
    const outer = reader.enter()
    if (length > 0) assert.ok(reader.next() && Buffer.from(reader.bytes()).equals(content))
    assert.ok(!reader.next())
    reader.leave(outer)
    assert.ok(reader.next())
    assert.equal(reader.uint(), 5)
    assert.ok(!reader.next())
    assert.equal(reader.failure, undefined)
  }
})

test('numbers that a double cannot hold are refused where a number is meant', () => {
  const most = written((w) => w.uint64(1, 2n ** 53n - 1n))
  const more = written((w) => w.uint64(1, 2n ** 53n))
  assert.equal(
    read(most, (r) => r.uint()),
    Number.MAX_SAFE_INTEGER,
  )
  assert.equal(
    read(more, (r) => r.uint()),
    'field 1 is greater than 2^53',
  )
  assert.equal(
    read(most, (r) => r.int()),
    Number.MAX_SAFE_INTEGER,
  )
  assert.equal(
    read(more, (r) => r.int()),
    'field 1 is beyond 2^53',
  )
  assert.equal(
    read(
      written((w) => w.int(1, -1)),
      (r) => r.uint(),
    ),
    'field 1 is greater than 2^53',
  )
})

test('what is no message is told from what is', () => {
  const refused: [string, (r: Reader) => unknown, string][] = [
    ['08ffffffffffffffffff7f', (r) => r.uint64(), 'a number has more than 64 bits'],
    ['08ffffffffffffffffffff01', (r) => r.uint64(), 'a number has more than 64 bits'],
    ['08ff', (r) => r.uint(), 'a message ends in the middle of a number'],
    ['0a05616263', (r) => r.text(), 'field 1 is longer than its message'],
    ['0affffffff7f', (r) => r.bytes(), 'field 1 is longer than its message'],
    ['0a02c328', (r) => r.text(), 'field 1 is not UTF-8'],
    ['0a01ff', (r) => r.text(), 'field 1 is not UTF-8'],
    ['0b', (r) => r.skip(), 'field 1 has wire type 3'],
    ['0d0102', (r) => r.skip(), 'field 1 is longer than its message'],
    ['0805', (r) => r.text(), 'field 1 has wire type 0'],
    ['0a00', (r) => r.uint(), 'field 1 has wire type 2'],
    ['00', (r) => r.skip(), 'a field has no number'],
    ['0a0461626364', (r) => r.bytesInto(new Uint8Array(9), 0, 3), 'field 1 has 4 bytes, not 3'],
  ]
  for (const [bytes, take, reason] of refused) assert.equal(read(Buffer.from(bytes, 'hex'), take), reason)
})

test('a replacement character that was sent as such is text, and a byte order mark is kept', () => {
  for (const text of ['a\ufffdb', '\ufeffa'])
    assert.equal(
      read(
        written((w) => w.text(1, text)),
        (r) => r.text(),
      ),
      text,
    )
})

test('any bytes are read to the end or to a failure, inside their bounds', () =>
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.infiniteStream(fc.nat(8)), (bytes, choices) => {
      const padded = Buffer.concat([Buffer.alloc(9, 0x7f), bytes, Buffer.alloc(9, 0x7f)])
      const reader = new Reader(padded.subarray(9, 9 + bytes.length))
      const outers: number[] = []
      const takes: ((r: Reader) => unknown)[] = [
        (r) => r.skip(),
        (r) => r.uint(),
        (r) => r.int(),
        (r) => r.bool(),
        (r) => r.text(),
        (r) => assert.ok(r.bytes().length <= bytes.length),
        (r) => r.hex64(),
        (r) => r.uint64(),
        (r) => outers.push(r.enter()),
      ]
      for (let steps = 0; ; steps++) {
        assert.ok(steps <= bytes.length * 2)
        if (reader.next()) takes[choices.next().value ?? 0]?.(reader)
        else if (reader.failure === undefined && outers.length > 0) reader.leave(outers.pop() ?? 0)
        else break
      }
      assert.ok(!reader.next())
    }),
    { numRuns: 2000 },
  ))
