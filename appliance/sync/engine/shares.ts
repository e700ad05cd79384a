import * as configuration from '../index/configuration.ts'
import type { ShareRow } from '../index/configuration.ts'
import type { IndexDatabase } from '../index/database.ts'
import { forgetAllRows, forgetHistoryRows, forgetSignatures } from '../index/forget-rows.ts'
import { formerOf, renewShare, straysOf } from '../index/rotation-rows.ts'
import type { NewSecrets } from '../index/rotation-rows.ts'
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
import { stepsInSlices } from '../slices.ts'

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
  /** A share has other secrets: who is connected does not know yet that this device has them. */
  readonly renewed: () => void
}

/** The shares of this device, each running. */
export class Shares {
  readonly #deps: SharesDeps
  /** by id */
  readonly #shares = new Map<string, RunningShare>()
  /** by id: what its owner set */
  readonly #settings = new Map<string, ShareSettings>()
  /** by id: shares that begin anew; never rejects */
  readonly #anew = new Map<string, Promise<void>>()
  /** likewise: shares that are no more, whose rows are still going */
  readonly #forgetting = new Set<Promise<unknown>>()
  #isStopped = false
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

  /** Those that others may take part in: not while one begins anew. */
  open(): readonly RunningShare[] {
    return this.all().filter(({ row }) => !this.#anew.has(row.id))
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

  /** The one that has this number in the index, whatever its id is by now. @throws UserError when there is none */
  findNo(no: number): RunningShare {
    const found = this.all().find(({ row }) => row.no === no)
    if (!found) throw new UserError('no-such-share', 'The share is gone. "homeseed share list" shows all.')
    return found
  }

  /** Starts every share that is not paused; one that fails keeps none of the others from it. */
  async startAll(): Promise<void> {
    const { database, log } = this.#deps
    const rows = configuration.allShares(database.db)
    const all = rows.filter(({ unfinished }) => unfinished === null).map((row) => this.#run(row))
    const start = ({ row, share }: RunningShare): Promise<void> =>
      share
        .start()
        .catch((error: unknown) => log.error('share-not-started', { share: row.id, error: messageOf(error) }))
    for (const running of all) await start(running)
    for (const row of rows) {
      if (row.unfinished === 'all') this.#forgetLater(row.no)
      if (row.unfinished === 'signatures') await this.#finishRenewal(row)
      const fresh = row.unfinished === 'history' ? await this.#forget(row) : undefined
      if (fresh) await start(this.#run(fresh))
    }
  }

  async stopAll(): Promise<void> {
    this.#isStopped = true
    for (const { share } of this.all()) await share.stop()
    await Promise.all([...this.#anew.values(), ...this.#forgetting])
  }

  /**
   * @param source  the device that it comes from, text form; undefined: nobody knows yet
   * @throws UserError; nothing is changed then
   */
  async add(
    secret: string,
    choice: FolderChoice,
    hosts: readonly string[],
    source: string | undefined,
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
    const { folder, isMissing, given } = await this.#locate(choice)
    if (isMissing) await folders.make(folder)
    await disk.prepare({ shareId: keys.id, path: folder, isSealed: keys.access === 'seed-only' }).catch(refuseFolder)
    const indexId = newIndexId(random)
    const row = configuration.addShare(
      database.db,
      { id: keys.id, name: given, path: folder, secret, indexId, ...(source !== undefined && { source }) },
      hosts,
    )
    const running = this.#run(row)
    await running.share.start()
    return running
  }

  /** @throws UserError where a folder cannot become a share, or has a name that is taken; nothing is changed */
  async check(choice: FolderChoice): Promise<void> {
    const { folder, isMissing } = await this.#locate({ ...choice, name: choice.name ?? this.freeName('Share') })
    if (!isMissing) await this.#deps.disk.tryToPrepare(folder).catch(refuseFolder)
  }

  /** A name for a new share, as near as can be to one that it has elsewhere. */
  freeName(name: string): string {
    const taken = new Set(this.all().map(({ row }) => row.name))
    for (let i = 1; ; i++) {
      const free = i === 1 ? name : `${name} ${i}`
      if (!taken.has(free)) return free
    }
  }

  async #locate({
    path,
    name,
    makeFolder = false,
  }: FolderChoice): Promise<{ folder: string; isMissing: boolean; given: string }> {
    const { path: folder, isMissing } = await this.#deps.folders.locate(path, makeFolder)
    this.#refuseOverlap(folder)
    const given = (name ?? folder.slice(folder.lastIndexOf('/') + 1)).trim() || 'Share'
    if (this.all().some(({ row }) => row.name === given))
      throw new UserError(
        'name-taken',
        `There is a share named "${given}" already. Give this one another name with --name.`,
        { name: given },
      )
    return { folder, isMissing, given }
  }

  /** From the call on it is no share any more; resolves when it has come to rest. Its files stay where they are. */
  async remove({ row, share }: RunningShare): Promise<void> {
    this.#shares.delete(row.id)
    this.#settings.delete(row.id)
    await this.#anew.get(row.id)
    await this.#end({ row, share })
    configuration.removeShare(this.#deps.database.db, row.no)
    this.#forgetLater(row.no)
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

  /** Whether a device that brings the secret of a share is to wait for its owner. */
  mustApprove(id: string): boolean {
    return this.#settings.get(id)?.approve === 'on'
  }

  choice({ row }: RunningShare): Choice {
    return configuration.choiceOf(this.#deps.database.db, row.no)
  }

  /** @throws UserError; nothing is changed then */
  choose({ row, share }: RunningShare, typed: Choice): void {
    configuration.setChoice(this.#deps.database.db, row.no, parseChoice(typed))
    share.choose()
  }

  /**
   * What the index says is of another time. What lies on the disk counts as found just now: nothing of it supersedes
   * what others have, and nothing that is missing was deleted.
   */
  #beginAnew(id: string, reason: string): void {
    const old = this.#shares.get(id)
    if (!old || this.#anew.has(id)) return
    const { log, replaced } = this.#deps
    log.warn('history-lost', { share: id, reason })
    const begun = this.#replace(old)
      .catch((error: unknown) => log.error('share-not-started', { share: id, error: messageOf(error) }))
      .finally(() => {
        this.#anew.delete(id)
        // whoever came meanwhile was let in on the one that is no more
        replaced(id)
      })
    this.#anew.set(id, begun)
    replaced(id)
  }

  async #replace(old: RunningShare): Promise<void> {
    const { database, random } = this.#deps
    await this.#end(old)
    if (this.#isStopped || this.#shares.get(old.row.id) !== old) return
    configuration.forgetHistory(database.db, old.row.no, newIndexId(random))
    const row = await this.#forget({ no: old.row.no, unfinished: 'history' })
    if (!row || this.#shares.get(row.id) !== old) return
    await this.#run(row).share.start()
  }

  /**
   * The share has other secrets from now on, and so another id; folder, entries, archive and settings stay. Whoever was
   * connected to it has to come anew.
   * @throws Error when that could not be noted; nothing is changed then
   */
  async renew(id: string, secrets: NewSecrets): Promise<RunningShare> {
    await this.#anew.get(id)
    const old = this.#shares.get(id)
    if (!old || this.#isStopped) throw new Error('the share is gone')
    const renewed = this.#renew(old, secrets)
    const settled = renewed
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => {
        this.#anew.delete(id)
        this.#anew.delete(secrets.id)
        this.#deps.renewed()
      })
    this.#anew.set(id, settled)
    this.#anew.set(secrets.id, settled)
    this.#deps.replaced(id)
    return renewed
  }

  async #renew(old: RunningShare, secrets: NewSecrets): Promise<RunningShare> {
    const { database, log } = this.#deps
    await this.#end(old)
    try {
      renewShare(database.db, old.row.no, secrets)
    } catch (error) {
      // as it was
      await this.#run(old.row).share.start()
      throw error
    }
    log.info('share-renewed', { share: secrets.id, before: old.row.id })
    const row = configuration.allShares(database.db).find(({ no }) => no === old.row.no)
    const running = row && (await this.#finishRenewal(row, old))
    if (!running) throw new Error('the share is gone')
    return running
  }

  /** What was signed for the share that it was counts no more; what devices told that are out of it is forgotten. */
  async #finishRenewal(row: ShareRow, old?: RunningShare): Promise<RunningShare | undefined> {
    const { database, log } = this.#deps
    const isDone = await this.#stepThrough(forgetSignatures(database.sqlite, row.no))
    // its owner may have removed it meanwhile
    if (!isDone || (old && this.#shares.get(old.row.id) !== old)) return undefined
    if (old) this.#shares.delete(old.row.id)
    if (old) this.#settings.delete(old.row.id)
    const running = this.#run({ ...row, unfinished: null })
    for (const deviceNo of straysOf(database.db, row.no)) await running.share.dropDevice(deviceNo)
    if (this.#isStopped) return undefined
    configuration.endForgetting(database.db, row)
    await running.share
      .start()
      .catch((error: unknown) => log.error('share-not-started', { share: row.id, error: messageOf(error) }))
    return running
  }

  /** Nothing is written by it any more. */
  async #end({ share }: RunningShare): Promise<void> {
    await share.stop()
    share.index.retire()
  }

  /** @returns undefined: there is nothing left of the share, or no time to go on */
  async #forget(row: Pick<ShareRow, 'no' | 'unfinished'>): Promise<ShareRow | undefined> {
    const { sqlite, db } = this.#deps.database
    const rows = row.unfinished === 'all' ? forgetAllRows(sqlite, row.no) : forgetHistoryRows(sqlite, row.no)
    return (await this.#stepThrough(rows)) ? configuration.endForgetting(db, row) : undefined
  }

  /** @returns false: there was no time to go on */
  #stepThrough(rows: Generator<void>): Promise<boolean> {
    const { database, clock } = this.#deps
    const transaction = <T>(work: () => T): T => database.sqlite.transaction(work).immediate()
    return stepsInSlices(rows, { transaction, clock, goesOn: () => !this.#isStopped })
  }

  /** A share that is no more: its rows go while everything else goes on. */
  #forgetLater(no: number): void {
    const forgetting = this.#forget({ no, unfinished: 'all' })
      // it is gone on with at the next start
      .catch((error: unknown) => this.#deps.log.error('share-not-forgotten', { error: messageOf(error) }))
      .finally(() => this.#forgetting.delete(forgetting))
    this.#forgetting.add(forgetting)
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

  #run(row: ShareRow): RunningShare {
    const { clock, random, log, database, disk, watch, secrets, self, deviceName, changed } = this.#deps
    const keys = secrets.keys(row.secret)
    const index = this.#openIndex(row.no)
    for (const certificate of index.writers()) keys.admit(certificate)
    const share = new Share(row.path, row.paused, {
      clock,
      random,
      log,
      disk,
      watch,
      index,
      window: this.#window,
      keys,
      former: formerOf(database.db, row.no).map(({ id }) => id),
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
      hold: {
        read: () => configuration.holdOf(database.db, row.no),
        write: (hold) => configuration.setHold(database.db, row.no, hold),
      },
      mayWrite: (deviceNo) =>
        configuration
          .shareDevicesOf(database.db, row.no)
          .some((device) => device.deviceNo === deviceNo && (device.linked || device.access === 'read-write')),
      given: {
        read: () => configuration.givenOf(database.db, row.no),
        write: (given) => configuration.setGiven(database.db, row.no, given),
      },
      onHistoryLost: (reason) => this.#beginAnew(row.id, reason),
    })
    const running = { row, share }
    this.#settings.set(row.id, settingsFrom(row.settings))
    this.#shares.set(row.id, running)
    return running
  }
}

function refuseFolder(error: unknown): never {
  throw new UserError('folder-unusable', `${messageOf(error)}.`)
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
