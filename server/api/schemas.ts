/** What the API answers, as JSON Schema, for the OpenAPI document. */
import type { JsonSchema } from './shape.ts'

const string = { type: 'string' } as const
const boolean = { type: 'boolean' } as const
const bytes = { type: 'integer', minimum: 0, description: 'bytes' } as const
const count = { type: 'integer', minimum: 0 } as const
const rate = { type: 'number', minimum: 0, description: 'bytes per second' } as const
const fraction = { type: 'number', minimum: 0, maximum: 1 } as const
const access = { type: 'string', enum: ['read-write', 'read-only', 'seed-only'] } as const

const object = (properties: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
})
export const list = (items: JsonSchema): JsonSchema => ({ type: 'array', items })
export const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` })

export const schemas = {
  Error: object({ error: object({ code: string, message: string }) }),
  Peer: object({
    device: string,
    name: string,
    client: string,
    access,
    connected: boolean,
    address: string,
    via: string,
    completion: fraction,
    missing: { anyOf: [object({ files: count, bytes }), { type: 'null' }] },
    firstSeen: { type: ['string', 'null'], format: 'date-time' },
    lastSeen: { type: ['string', 'null'], format: 'date-time' },
    waits: boolean,
    rolledBack: boolean,
  }),
  Share: object({
    id: string,
    name: string,
    path: string,
    access,
    state: {
      type: 'string',
      enum: ['syncing', 'in-sync', 'scanning', 'paused', 'disk-missing', 'disk-full', 'held', 'error'],
    },
    reason: string,
    message: string,
    held: list(
      object({
        direction: { type: 'string', enum: ['outgoing', 'incoming'] },
        files: count,
        of: count,
        device: string,
      }),
    ),
    files: count,
    bytes,
    needFiles: count,
    needBytes: bytes,
    rateIn: rate,
    rateOut: rate,
    etaSeconds: { type: ['number', 'null'], minimum: 0, description: 'null while unknown' },
    progress: fraction,
    transfers: list(object({ path: string, sizeBytes: bytes, doneBytes: bytes })),
    problems: list(object({ path: string, reason: string })),
    localChanges: count,
    scrub: ref('Scrub'),
    newSecrets: list(object({ device: string, name: string, toldBy: string })),
    peers: list(ref('Peer')),
  }),
  Scrub: object({
    isRunning: boolean,
    isWhole: boolean,
    startedAt: { type: ['string', 'null'], format: 'date-time' },
    endedAt: { type: ['string', 'null'], format: 'date-time' },
    progress: fraction,
    files: count,
    bytes,
    damaged: count,
    repaired: count,
  }),
  Secret: object({
    secret: string,
    access,
    once: boolean,
    expires: { type: ['string', 'null'], format: 'date-time' },
    link: { ...string, description: 'homeseed:…' },
    pageLink: { ...string, description: 'http://BOX/join#…, for a browser' },
  }),
  Rotated: object({
    id: string,
    before: { ...string, description: 'the ID that it had' },
    staying: list(object({ device: string, name: string, access, linked: boolean })),
    removed: list(object({ device: string, name: string })),
    toAdd: { ...list(object({ device: string, name: string })), description: 'to be given a new secret by hand' },
    oneTimeSecrets: { ...count, description: 'that were open and are good no more' },
  }),
  OneTimeSecret: object({
    id: string,
    access,
    state: { type: 'string', enum: ['open', 'used', 'revoked', 'expired'] },
    made: { type: 'string', format: 'date-time' },
    expires: { type: 'string', format: 'date-time' },
    used: { type: ['string', 'null'], format: 'date-time' },
    usedBy: string,
  }),
  Identity: object({ device: string, name: string, listen: string }),
  Device: object({
    device: string,
    name: string,
    connected: boolean,
    address: string,
    client: string,
    linked: boolean,
    shares: list(string),
    addresses: list(string),
  }),
  Status: object({
    version: string,
    device: ref('Identity'),
    shares: list(ref('Share')),
    devices: list(ref('Device')),
  }),
  Conflict: object({
    copy: string,
    original: string,
    isOriginalThere: boolean,
    at: string,
    device: string,
    sizeBytes: bytes,
  }),
  Versions: object({
    versions: list(
      object({
        path: string,
        version: { type: ['string', 'null'], description: 'names it for `at`; null: it lies in the share now' },
        until: { type: ['string', 'null'], format: 'date-time', description: 'when it was replaced or deleted' },
        modified: string,
        sizeBytes: bytes,
        archived: { type: ['string', 'null'], description: "where it is, below the share's folder" },
        damaged: { ...boolean, description: 'a disk made that of it: kept, but never restored' },
      }),
    ),
    next: { type: ['string', 'null'], description: 'give it as `after` to go on; null: that was all' },
  }),
  Restored: object({
    restored: count,
    unchanged: count,
    notRestored: count,
    problems: list(object({ path: string, reason: string })),
  }),
  Changes: object({
    changes: list(
      object({
        path: string,
        kind: { type: 'string', enum: ['changed', 'added', 'deleted'] },
        type: { type: 'string', enum: ['file', 'directory', 'symlink'] },
        sizeBytes: bytes,
        modified: { type: 'string', format: 'date-time' },
      }),
    ),
    totals: object({ changed: count, added: count, deleted: count }),
    next: { type: ['string', 'null'], description: 'give it as `after` to go on; null: that was all' },
  }),
  Reverted: object({
    moved: { ...count, description: 'added here: they are in the archive now' },
    returning: { ...count, description: 'changed or deleted here: others’ versions come back' },
    notYet: { ...count, description: 'of those: how many wait for a device that is not connected' },
    notReverted: count,
    problems: list(object({ path: string, reason: string })),
  }),
  Setting: object({ key: string, value: string, standard: string, meaning: string, allowed: string }),
  Choice: object({ only: list(string), skip: list(string) }),
  Hosts: list(string),
  Done: object({ done: boolean }),
  Removed: object({ removed: string }),
} as const satisfies Readonly<Record<string, JsonSchema>>
