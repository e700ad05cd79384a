import * as configuration from '../index/configuration.ts'
import type { ShareRow } from '../index/configuration.ts'
import type { IndexDatabase } from '../index/database.ts'
import { ShareIndex } from '../index/share-index.ts'
import type { DiskWork } from '../disk-work.ts'
import { messageOf } from '../model/error-code.ts'
import type { Choice } from '../model/scope.ts'
import { settingsFrom, withSettings } from '../model/share-settings.ts'
import type { SettingFault, ShareSettings, StoredSettings } from '../model/share-settings.ts'
import type { Clock, Log, Random, WatchFolder } from '../ports.ts'
import { UserError } from '../status.ts'
import type { FolderChoice } from '../status.ts'
import { shortIdOf } from '../model/device-id.ts'
import { parseChoice } from './choice.ts'
import { authorOf } from './author.ts'
import { DiskLife } from './disk-life.ts'
import { FetchWindow } from '../pull/fetch-window.ts'
import { Share } from './share.ts'
import type { Secrets } from '../secrets.ts'

const WINDOW_BYTES = 32 * 1024 * 1024
const WINDOW_BLOCKS = 256

/** A share that runs, with its row of the configuration. */
export interface RunningShare {
  readonly row: ShareRow
  readonly share: Share
}

/** The folders that can become shares. */
export interface ShareFolders {
  /** Its real path. @throws UserError when it can be no share: a file, not writable, missing though it must not be */
  locate(path: string, mayBeMissing: boolean): Promise<{ readonly path: string; readonly isMissing: boolean }>
  /** @throws UserError */
  make(path: string): Promise<void>
}

export interface SharesDeps {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly database: IndexDatabase
  readonly disk: DiskWork
  readonly watch: WatchFolder | undefined
  readonly secrets: Secrets
  /** this device's id */
  readonly self: Uint8Array
  readonly folders: ShareFolders
  /** What a device is called, by the 7 characters of its short id. */
  readonly deviceName: (author: string) => string
  readonly changed: () => void
  /** A share was replaced by one that knows nothing of before: who is connected to it has to begin anew. */
  readonly replaced: (id: string) => void
}

/** The shares of this device, each running. */
export class Shares {
  readonly #deps: SharesDeps
  /** by id */
  readonly #shares = new Map<string, RunningShare>()
  /** by id: what its owner set */
  readonly #settings = new Map<string, ShareSettings>()
  readonly #openIndex: (shareNo: number) => ShareIndex
  /** one for all: what is under way needs memory, whichever share it is for */
  readonly #window = new FetchWindow(WINDOW_BYTES, WINDOW_BLOCKS)

  constructor(deps: SharesDeps) {
    this.#deps = deps
    this.#openIndex = ShareIndex.opener(deps.database)
  }

  all(): readonly RunningShare[] {
    return [...this.#shares.values()]
  }

  /** By name, else by an unambiguous beginning of the id. @throws UserError */
  find(share: string): RunningShare {
    const named = this.all().filter(({ row }) => row.name === share)
    const found = named.length > 0 ? named : this.all().filter(({ row }) => share !== '' && row.id.startsWith(share))
    const [first, ...more] = found
    if (!first)
      throw new UserError('no-such-share', `There is no share "${share}" here. "homeseed share list" shows all.`)
    if (more.length > 0)
      throw new UserError('ambiguous-share', `"${share}" fits ${found.length} shares. Use more of the share's ID.`)
    return first
  }

  /** Starts every share that is not paused; one that fails keeps none of the others from it. */
  async startAll(): Promise<void> {
    const { database, log } = this.#deps
    const all = configuration.allShares(database.db).map((row) => this.#run(row))
    for (const { row, share } of all) {
      await share
        .start()
        .catch((error: unknown) => log.error('share-not-started', { share: row.id, error: messageOf(error) }))
    }
  }

  async stopAll(): Promise<void> {
    for (const { share } of this.all()) await share.stop()
  }

  /** @throws UserError; nothing is changed then */
  async add(
    secret: string,
    { path, name, makeFolder = false }: FolderChoice,
    hosts: readonly string[],
  ): Promise<RunningShare> {
    const { database, disk, secrets, folders, random } = this.#deps
    const keys = secrets.keys(secret)
    const known = this.#shares.get(keys.id)
    if (known)
      throw new UserError(
        'share-known',
        `This device has that share already: "${known.row.name}" in ${known.row.path}.`,
        { name: known.row.name, path: known.row.path },
      )
    const { path: folder, isMissing } = await folders.locate(path, makeFolder)
    this.#refuseOverlap(folder)
    const given = (name ?? folder.slice(folder.lastIndexOf('/') + 1)).trim() || 'Share'
    if (this.all().some(({ row }) => row.name === given))
      throw new UserError(
        'name-taken',
        `There is a share named "${given}" already. Give this one another name with --name.`,
        { name: given },
      )
    if (isMissing) await folders.make(folder)
    await disk.prepare({ shareId: keys.id, path: folder }).catch((error: unknown) => {
      throw new UserError('folder-unusable', `${messageOf(error)}.`)
    })
    const indexId = newIndexId(random)
    const row = configuration.addShare(database.db, { id: keys.id, name: given, path: folder, secret, indexId })
    for (const host of hosts) configuration.addHost(database.db, row.no, host)
    const running = this.#run(row)
    await running.share.start()
    return running
  }

  /** From the call on it is no share any more; resolves when it has come to rest. Its files stay where they are. */
  async remove({ row, share }: RunningShare): Promise<void> {
    this.#shares.delete(row.id)
    this.#settings.delete(row.id)
    await share.stop()
    configuration.removeShare(this.#deps.database.db, row.no)
    share.index.dropUnusedBlockLists()
    const { disk, log } = this.#deps
    await disk
      .release(share.root)
      .catch((error: unknown) => log.warn('folder-not-released', { share: row.id, error: messageOf(error) }))
  }

  /** They hold at once. @throws UserError; nothing is changed then */
  set({ row, share }: RunningShare, values: StoredSettings): void {
    const next = withSettings(row.settings, values)
    if (!next.ok) throw settingRefused(next.error)
    const running = this.#shares.get(row.id)
    if (!running) return
    const { db } = this.#deps.database
    this.#shares.set(row.id, { ...running, row: configuration.setShareSettings(db, row.no, next.value) })
    const before = settingsFrom(row.settings)
    const after = settingsFrom(next.value)
    this.#settings.set(row.id, after)
    const counts = (key: 'owners' | 'xattrs') => before[key] === 'off' && after[key] === 'on'
    if (counts('owners') || counts('xattrs')) share.lookAgainAtAll()
  }

  choice({ row }: RunningShare): Choice {
    return configuration.choiceOf(this.#deps.database.db, row.no)
  }

  /** @throws UserError; nothing is changed then */
  choose({ row, share }: RunningShare, typed: Choice): void {
    configuration.setChoice(this.#deps.database.db, row.no, parseChoice(typed))
    share.choose()
  }

  #refuseOverlap(folder: string): void {
    const other = this.all().find(({ row }) => isWithin(folder, row.path) || isWithin(row.path, folder))
    if (!other) return
    throw new UserError(
      'folder-overlaps',
      `${folder} overlaps with the share "${other.row.name}" in ${other.row.path}. Choose a folder outside it.`,
      { folder, name: other.row.name, path: other.row.path },
    )
  }

  /**
   * What the index says of the disk is of another time. What lies there counts as found just now: nothing of it
   * supersedes what others have, and nothing that is missing was deleted.
   */
  async #beginAnew(id: string): Promise<void> {
    const { database, log, random, replaced } = this.#deps
    const old = this.#shares.get(id)
    if (!old) return
    log.warn('history-lost', { share: id, reason: 'its disk or the index is an older copy' })
    const row = configuration.forgetHistory(database.db, old.row.no, newIndexId(random))
    const { share } = this.#run(row)
    replaced(id)
    await old.share.stop()
    await share
      .start()
      .catch((error: unknown) => log.error('share-not-started', { share: id, error: messageOf(error) }))
  }

  #run(row: ShareRow): RunningShare {
    const { clock, random, log, database, disk, watch, secrets, self, deviceName, changed } = this.#deps
    const keys = secrets.keys(row.secret)
    const share = new Share(row.path, row.paused, {
      clock,
      random,
      log,
      disk,
      watch,
      index: this.#openIndex(row.no),
      window: this.#window,
      keys,
      self: { shortId: shortIdOf(self), author: authorOf(self, row.indexId) },
      archiveClock: {
        read: () => configuration.archiveClockOf(database.db, row.no),
        write: (archiveClock) => configuration.setArchiveClock(database.db, row.no, archiveClock),
      },
      settings: () => this.#settings.get(row.id) ?? settingsFrom(row.settings),
      deviceName,
      changed,
      life: new DiskLife({
        disk,
        root: { shareId: keys.id, path: row.path },
        random,
        read: () => configuration.lifeMarksOf(database.db, row.no),
        write: (marks) => configuration.setLifeMarks(database.db, row.no, marks),
      }),
      scrubState: {
        read: () => configuration.scrubStateOf(database.db, row.no),
        write: (state) => configuration.setScrubState(database.db, row.no, state),
      },
      choice: () => configuration.choiceOf(database.db, row.no),
      readScope: () => configuration.scopeOf(database.db, row.no),
      saveScope: (text) => configuration.setScope(database.db, row.no, text),
      onHistoryLost: () => void this.#beginAnew(row.id),
    })
    const running = { row, share }
    this.#settings.set(row.id, settingsFrom(row.settings))
    this.#shares.set(row.id, running)
    return running
  }
}

function settingRefused(fault: SettingFault): UserError {
  const { key } = fault
  if (fault.type === 'no-such-key')
    return new UserError('unknown-setting', `There is no setting "${key}". "homeseed share set SHARE" lists all.`, {
      key,
    })
  const { value, allowed } = fault
  return new UserError('bad-setting', `${key} cannot be "${value}". It must be ${allowed}.`, { key, value })
}

const newIndexId = (random: Random): string => Buffer.from(random.bytes(8)).toString('hex')

/** Whether a folder is another one or lies in it. Both absolute and real. */
const isWithin = (folder: string, outer: string): boolean =>
  folder === outer || folder.startsWith(outer === '/' ? '/' : `${outer}/`)
