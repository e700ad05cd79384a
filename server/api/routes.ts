/** The verbs of the sync service over HTTP: one list for the panel's API, the command line and the OpenAPI document. */
import type { SyncService } from '../../appliance/sync/status.ts'
import { longest } from '../../ui/limits.ts'
import { secretToJson, shareToJson, statusToJson } from './json.ts'
import { list, ref } from './schemas.ts'
import {
  digitsUpTo,
  fields,
  flag,
  folderPath,
  hostAddress,
  listOf,
  numberBetween,
  oneOf,
  optional,
  pathInShare,
  secretText,
  text,
  textsByName,
} from './shape.ts'
import type { JsonSchema, Shape } from './shape.ts'

interface ApiRequest<Input> {
  readonly sync: SyncService
  /** from the path; decoded */
  readonly param: (name: 'share' | 'device' | 'host' | 'id') => string
  readonly input: Input
  /** fires when the client is gone */
  readonly signal: AbortSignal
}

export interface ApiRoute {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** below /api/v1, Hono's form */
  readonly path: string
  /** name of the operation in the OpenAPI document */
  readonly operation: string
  readonly summary: string
  readonly input?: Shape<unknown>
  readonly output: JsonSchema
  readonly handle: (request: ApiRequest<unknown>) => unknown
}

/** Ties the type of a route's input to its handler. */
const route = <Input = undefined>(
  definition: Omit<ApiRoute, 'input' | 'handle'> & {
    readonly input?: Shape<Input>
    readonly handle: (request: ApiRequest<Input>) => unknown
  },
): ApiRoute => definition as ApiRoute

const name = text({ max: longest.name })
const hosts = listOf(hostAddress, 20)
const time = text({ max: 40 })
const longestPage = 5000
const sharePath = pathInShare(longest.path)
const chosenPaths = listOf(sharePath, 1000)
const longestWaitSeconds = 30 * 24 * 3600

const DAY_SECONDS = 24 * 60 * 60

export const apiRoutes: readonly ApiRoute[] = [
  route({
    method: 'GET',
    path: '/status',
    operation: 'status',
    summary: 'Version, this device, all shares and devices',
    output: ref('Status'),
    handle: ({ sync }) => statusToJson(sync),
  }),
  route({
    method: 'GET',
    path: '/shares',
    operation: 'listShares',
    summary: 'All shares',
    output: list(ref('Share')),
    handle: ({ sync }) => sync.shares().map(shareToJson),
  }),
  route({
    method: 'POST',
    path: '/shares',
    operation: 'addShare',
    summary: 'Share a folder',
    input: fields({ path: folderPath, name: optional(name) }),
    output: ref('Share'),
    handle: async ({ sync, input }) => shareToJson(await sync.addShare(input)),
  }),
  route({
    method: 'POST',
    path: '/shares/join',
    operation: 'joinShare',
    summary: 'Join a share with a secret or link; a folder that is not there yet is made',
    input: fields({ secret: secretText, path: folderPath, name: optional(name), hosts: optional(hosts) }),
    output: ref('Share'),
    handle: async ({ sync, input }) => shareToJson(await sync.joinShare({ ...input, makeFolder: true })),
  }),
  route({
    method: 'GET',
    path: '/shares/:share',
    operation: 'showShare',
    summary: 'One share, by its name or the start of its ID',
    output: ref('Share'),
    handle: ({ sync, param }) => shareToJson(sync.share(param('share'))),
  }),
  route({
    method: 'DELETE',
    path: '/shares/:share',
    operation: 'removeShare',
    summary: 'Stop sharing; the files stay where they are',
    output: ref('Removed'),
    handle: async ({ sync, param }) => {
      const { id } = sync.share(param('share'))
      await sync.removeShare(id)
      return { removed: id }
    },
  }),
  route({
    method: 'POST',
    path: '/shares/:share/secret',
    operation: 'shareSecret',
    summary:
      'A secret of the share; whoever has it has the files. With `once`, a new one that is good once, at this device',
    input: fields({
      access: optional(oneOf('read-write', 'read-only', 'seed-only')),
      once: optional(flag),
      validSeconds: optional(numberBetween(60, 30 * DAY_SECONDS, { whole: true })),
    }),
    output: ref('Secret'),
    handle: ({ sync, param, input: { access, once, validSeconds } }) => {
      const share = sync.share(param('share'))
      if (once !== true) return secretToJson(sync.secret(share.id, access ?? share.access))
      return secretToJson(sync.oneTimeSecret(share.id, access ?? share.access, (validSeconds ?? DAY_SECONDS) * 1000))
    },
  }),
  route({
    method: 'POST',
    path: '/shares/:share/rotate',
    operation: 'rotateShare',
    summary:
      'Replace the secrets: the share gets another ID, the devices that stay get their secrets by themselves, the old ones open nothing any more',
    input: fields({ without: optional(listOf(text({ max: 300 }), 1000)) }),
    output: ref('Rotated'),
    handle: ({ sync, param, input: { without } }) => sync.rotate(param('share'), without ?? []),
  }),
  route({
    method: 'POST',
    path: '/shares/:share/take',
    operation: 'takeSecrets',
    summary: 'Take over the new secrets that another device has made (`newSecrets` of the share)',
    input: fields({ device: optional(text({ max: 300 })) }),
    output: ref('Share'),
    handle: async ({ sync, param, input: { device } }) => shareToJson(await sync.takeSecrets(param('share'), device)),
  }),
  route({
    method: 'GET',
    path: '/shares/:share/one-time',
    operation: 'listOneTimeSecrets',
    summary: 'One-time secrets that were made here, the newest first; the secrets themselves are not kept',
    output: list(ref('OneTimeSecret')),
    handle: ({ sync, param }) => sync.oneTimeSecrets(param('share')),
  }),
  route({
    method: 'DELETE',
    path: '/shares/:share/one-time/:id',
    operation: 'revokeOneTimeSecret',
    summary: 'Take back a one-time secret that nobody has used',
    output: list(ref('OneTimeSecret')),
    handle: ({ sync, param }) => {
      const { id } = sync.share(param('share'))
      sync.revokeOneTimeSecret(id, param('id'))
      return sync.oneTimeSecrets(id)
    },
  }),
  route({
    method: 'POST',
    path: '/shares/:share/pause',
    operation: 'pauseShare',
    summary: 'Neither send nor receive',
    output: ref('Share'),
    handle: async ({ sync, param }) => shareToJson(await sync.setPaused(param('share'), true)),
  }),
  route({
    method: 'POST',
    path: '/shares/:share/resume',
    operation: 'resumeShare',
    summary: 'Go on',
    output: ref('Share'),
    handle: async ({ sync, param }) => shareToJson(await sync.setPaused(param('share'), false)),
  }),
  route({
    method: 'POST',
    path: '/shares/:share/rescan',
    operation: 'rescanShare',
    summary: 'Look for changes in the folder now',
    output: ref('Share'),
    handle: async ({ sync, param }) => {
      const { id } = sync.share(param('share'))
      await sync.rescan(id)
      return shareToJson(sync.share(id))
    },
  }),
  route({
    method: 'POST',
    path: '/shares/:share/release',
    operation: 'releaseShare',
    summary: 'Let a mass of changes through that was held',
    output: ref('Share'),
    handle: async ({ sync, param }) => {
      const { id } = sync.share(param('share'))
      await sync.release(id)
      return shareToJson(sync.share(id))
    },
  }),
  route({
    method: 'POST',
    path: '/shares/:share/undo',
    operation: 'undoShare',
    summary: 'Undo a mass of changes that was held; what gives way goes to the archive',
    output: ref('Share'),
    handle: async ({ sync, param }) => {
      const { id } = sync.share(param('share'))
      await sync.undo(id)
      return shareToJson(sync.share(id))
    },
  }),
  route({
    method: 'GET',
    path: '/shares/:share/scrub',
    operation: 'showScrub',
    summary: 'How far reading all files again has come, or how the last time ended',
    output: ref('Scrub'),
    handle: ({ sync, param }) => sync.share(param('share')).scrub,
  }),
  route({
    method: 'POST',
    path: '/shares/:share/scrub',
    operation: 'scrubShare',
    summary: 'Read all files again to find what the disk has damaged, or stop doing so',
    input: fields({ stop: optional(flag) }),
    output: ref('Scrub'),
    handle: async ({ sync, param, input }) => (await sync.scrub(param('share'), input.stop !== true)).scrub,
  }),
  route({
    method: 'GET',
    path: '/shares/:share/conflicts',
    operation: 'listConflicts',
    summary: 'Versions that lost their name to another one that was made at the same time',
    output: list(ref('Conflict')),
    handle: ({ sync, param }) => sync.conflicts(param('share')),
  }),
  route({
    method: 'POST',
    path: '/shares/:share/conflicts',
    operation: 'resolveConflict',
    summary: 'Keep the original, the copy, or both under ordinary names; what gives way goes to the archive',
    input: fields({ copy: sharePath, keep: oneOf('original', 'copy', 'both') }),
    output: list(ref('Conflict')),
    handle: async ({ sync, param, input }) => {
      await sync.resolveConflict(param('share'), input.copy, input.keep)
      return sync.conflicts(param('share'))
    },
  }),
  route({
    method: 'GET',
    path: '/shares/:share/versions',
    operation: 'listVersions',
    summary:
      'Old versions in the archive, of the whole share or of a path and what is below it; with `at` what was there then',
    input: fields({
      path: optional(sharePath),
      at: optional(time),
      after: optional(pathInShare(2 * longest.path)),
      limit: optional(digitsUpTo(longestPage)),
    }),
    output: ref('Versions'),
    handle: ({ sync, param, input }) => sync.versions(param('share'), { ...input, limit: input.limit ?? 1000 }),
  }),
  route({
    method: 'POST',
    path: '/shares/:share/versions/restore',
    operation: 'restoreVersions',
    summary:
      'Bring a file, or all below a folder (`.`: the share), back to what it was at a time; what gives way goes to the archive',
    input: fields({ path: sharePath, at: optional(time) }),
    output: ref('Restored'),
    handle: ({ sync, param, input, signal }) => sync.restore(param('share'), input.path, input.at, signal),
  }),
  route({
    method: 'GET',
    path: '/shares/:share/changes',
    operation: 'listChanges',
    summary: 'What was changed on this device in a read-only share, and stays here',
    input: fields({ after: optional(sharePath), limit: optional(digitsUpTo(longestPage)) }),
    output: ref('Changes'),
    handle: ({ sync, param, input: { after, limit = 1000 } }) => sync.ownChanges(param('share'), { after, limit }),
  }),
  route({
    method: 'POST',
    path: '/shares/:share/revert',
    operation: 'revertShare',
    summary:
      'Take back what was changed on this device in a read-only share, all of it or some paths with what is below them; what lies here instead goes to the archive',
    input: fields({ paths: optional(chosenPaths) }),
    output: ref('Reverted'),
    handle: ({ sync, param, input: { paths = [] } }) => sync.revert(param('share'), paths),
  }),
  route({
    method: 'GET',
    path: '/shares/:share/settings',
    operation: 'listSettings',
    summary: 'What can be set for a share on this device, and what it is set to',
    output: list(ref('Setting')),
    handle: ({ sync, param }) => sync.settings(param('share')),
  }),
  route({
    method: 'POST',
    path: '/shares/:share/settings',
    operation: 'setSettings',
    summary: 'Set values by key, all or none; "default" takes one back. They hold at once',
    input: textsByName({ maxFields: 50, max: 1000 }),
    output: list(ref('Setting')),
    handle: ({ sync, param, input }) => sync.setSettings(param('share'), input),
  }),
  route({
    method: 'GET',
    path: '/shares/:share/choice',
    operation: 'showChoice',
    summary: 'What of the share is to lie on this device',
    output: ref('Choice'),
    handle: ({ sync, param }) => sync.choice(param('share')),
  }),
  route({
    method: 'POST',
    path: '/shares/:share/choice',
    operation: 'choose',
    summary: 'Choose folders; what is not chosen goes from here once another device has it, and stays with the others',
    input: fields({ only: optional(chosenPaths), skip: optional(chosenPaths) }),
    output: ref('Choice'),
    handle: ({ sync, param, input: { only = [], skip = [] } }) => sync.choose(param('share'), { only, skip }),
  }),
  route({
    method: 'GET',
    path: '/shares/:share/hosts',
    operation: 'listHosts',
    summary: 'Fixed addresses where devices with this share are looked for',
    output: ref('Hosts'),
    handle: ({ sync, param }) => sync.hosts(param('share')),
  }),
  route({
    method: 'POST',
    path: '/shares/:share/hosts',
    operation: 'addHost',
    summary: 'Add a fixed address',
    input: fields({ host: hostAddress }),
    output: ref('Hosts'),
    handle: async ({ sync, param, input }) => {
      const { id } = sync.share(param('share'))
      await sync.addHost(id, input.host)
      return sync.hosts(id)
    },
  }),
  route({
    method: 'DELETE',
    path: '/shares/:share/hosts/:host',
    operation: 'removeHost',
    summary: 'Remove a fixed address',
    output: ref('Hosts'),
    handle: async ({ sync, param }) => {
      const { id } = sync.share(param('share'))
      await sync.removeHost(id, param('host'))
      return sync.hosts(id)
    },
  }),
  route({
    method: 'POST',
    path: '/shares/:share/devices/:device/approve',
    operation: 'approveDevice',
    summary: 'Let a device into the share that waits for it (setting `approve`)',
    output: ref('Share'),
    handle: async ({ sync, param }) => {
      const { id } = sync.share(param('share'))
      await sync.approveDevice(id, param('device'))
      return shareToJson(sync.share(id))
    },
  }),
  route({
    method: 'GET',
    path: '/device',
    operation: 'identity',
    summary: 'This device',
    output: ref('Identity'),
    handle: ({ sync }) => sync.identity(),
  }),
  route({
    method: 'GET',
    path: '/devices',
    operation: 'listDevices',
    summary: 'Other devices',
    output: list(ref('Device')),
    handle: ({ sync }) => sync.devices(),
  }),
  route({
    method: 'POST',
    path: '/devices',
    operation: 'addDevice',
    summary: 'Link a Syncthing device, and a share with it when one is named',
    input: fields({
      device: text({ max: longest.deviceId }),
      share: optional(text({ max: 300 })),
      name: optional(name),
      address: optional(hostAddress),
      access: optional(oneOf('read-write', 'seed-only')),
    }),
    output: ref('Device'),
    handle: ({ sync, input }) => sync.addDevice(input),
  }),
  route({
    method: 'DELETE',
    path: '/devices/:device',
    operation: 'removeDevice',
    summary: 'Remove a device: it gets nothing more, keeps its files, and comes back if it knows the secret of a share',
    output: ref('Removed'),
    handle: async ({ sync, param }) => {
      await sync.removeDevice(param('device'))
      return { removed: param('device') }
    },
  }),
  route({
    method: 'POST',
    path: '/wait',
    operation: 'wait',
    summary: 'Answers once this device and some peers hold the same, and all of it, or the time is over',
    input: fields({
      share: optional(text({ max: 300 })),
      peers: optional(numberBetween(0, 1000, { whole: true })),
      timeoutSeconds: optional(numberBetween(0, longestWaitSeconds)),
    }),
    output: ref('Done'),
    handle: async ({ sync, input: { share, peers = 1, timeoutSeconds }, signal }) => {
      const timeoutMs = timeoutSeconds === undefined ? undefined : timeoutSeconds * 1000
      return { done: await sync.wait({ share, peers, timeoutMs, signal }) }
    },
  }),
]
