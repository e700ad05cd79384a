/** Every verb of the command line: what it takes, what it does, and where its code is, which is loaded only then. */
import type { Call } from './call.ts'
import type { ExitCode } from './cli-error.ts'

export interface OptionSpec {
  readonly name: string
  /** what its value is called; an option without one is a switch */
  readonly value?: string
  /** may be given more than once */
  readonly isList?: true
  readonly summary: string
}

export interface ArgumentSpec {
  readonly name: string
  readonly isOptional?: true
  /** any number of them; the last argument only */
  readonly isList?: true
}

export interface VerbSpec {
  readonly words: readonly string[]
  readonly args: readonly ArgumentSpec[]
  readonly options: readonly OptionSpec[]
  readonly summary: string
  readonly more?: string
  readonly run: (call: Call) => Promise<ExitCode>
}

/** Taken by every verb. */
export const commonOptions: readonly OptionSpec[] = [
  { name: 'home', value: 'DIR', summary: 'keys, index and settings; else $HOMESEED_HOME or ~/.local/share/homeseed' },
  { name: 'json', summary: 'one JSON document on stdout' },
  { name: 'help', summary: 'this text' },
]

const share = { name: 'SHARE' }
const shareIsAny = 'SHARE is a name or an unambiguous beginning of the share ID.'
const nameOption = (summary: string): OptionSpec => ({ name: 'name', value: 'NAME', summary })
const timeout: OptionSpec = { name: 'timeout', value: 'SECONDS', summary: 'give up after so long (exit code 4)' }

const at = { name: 'at', value: 'TIME' }
const timeIs = 'TIME is a VERSION as listed, or such as 2026-01-31 18:00 (here) or 2026-01-31T18:00:00Z.'

const shares = () => import('./verbs/share.ts')
const once = () => import('./verbs/once.ts')
const keys = () => import('./verbs/keys.ts')
const ownChanges = () => import('./verbs/own-changes.ts')
const hosts = () => import('./verbs/host.ts')
const devices = () => import('./verbs/device.ts')

export const verbs: readonly VerbSpec[] = [
  {
    words: ['serve'],
    args: [],
    options: [
      { name: 'panel', value: 'HOST:PORT', summary: 'where the panel listens; default 127.0.0.1:8888' },
      { name: 'listen', value: 'HOST:PORT', summary: 'where other devices connect; default 0.0.0.0:22000' },
      { name: 'name', value: 'DEVICE', summary: 'what others call this device; kept for the next start' },
      { name: 'no-discovery', summary: 'connect only to fixed addresses; for now that is always so' },
    ],
    summary: 'Run the appliance',
    more: 'Port 0 takes any that is free. Ctrl+C stops it.',
    run: async (call) => (await import('./verbs/serve.ts')).serveVerb(call),
  },
  {
    words: ['share', 'add'],
    args: [{ name: 'DIR' }],
    options: [nameOption('what the share is called; else the name of the folder')],
    summary: 'Share a folder; prints its secrets',
    run: async (call) => (await shares()).add(call),
  },
  {
    words: ['share', 'join'],
    args: [{ name: 'SECRET' }, { name: 'DIR' }],
    options: [
      nameOption('what the share is called here'),
      { name: 'host', value: 'HOST:PORT', isList: true, summary: 'address of a device that has it; may be repeated' },
    ],
    summary: 'Join a share with a secret or link',
    more: 'SECRET - reads it from stdin, so that it does not stand in the list of processes.',
    run: async (call) => (await shares()).join(call),
  },
  {
    words: ['join'],
    args: [{ name: 'LINK' }, { name: 'DIR', isOptional: true }],
    options: [],
    summary: 'Join a share by a link; starts Homeseed if need be',
    more: 'DIR: ~/Homeseed/NAME, after what the link calls the share. LINK - reads it from stdin.',
    run: async (call) => (await import('./verbs/join.ts')).join(call),
  },
  {
    words: ['share', 'list'],
    args: [],
    options: [],
    summary: 'All shares and how they are doing',
    run: async (call) => (await shares()).list(call),
  },
  {
    words: ['share', 'show'],
    args: [share],
    options: [],
    summary: 'One share with its devices and problems',
    more: shareIsAny,
    run: async (call) => (await shares()).show(call),
  },
  {
    words: ['share', 'remove'],
    args: [share],
    options: [],
    summary: 'Stop sharing; the files stay where they are',
    more: shareIsAny,
    run: async (call) => (await shares()).remove(call),
  },
  {
    words: ['share', 'secret'],
    args: [share],
    options: [
      { name: 'read-only', summary: 'the one that only lets read' },
      { name: 'seed-only', summary: 'the one that lets keep it for others, and read nothing of it' },
      { name: 'once', summary: 'a new one that is good once, at this device, within its time' },
      { name: 'valid', value: 'TIME', summary: 'how long that is: 30m, 24h, 7d; default 24h' },
      { name: 'qr', summary: 'also draw a QR code of the link' },
    ],
    summary: 'Print the secret; whoever has it has the files',
    more: shareIsAny,
    run: async (call) => (await shares()).secret(call),
  },
  {
    words: ['share', 'rotate'],
    args: [share],
    options: [
      {
        name: 'without',
        value: 'DEVICE',
        isList: true,
        summary: 'an ID or a name: it is out from now on; may be repeated',
      },
    ],
    summary: 'Replace the secrets; devices that stay get theirs by themselves',
    more: `The old secrets open nothing any more, and the share gets another ID. Files stay, and nothing is sent again. Devices that this one has never met must be added again. ${shareIsAny}`,
    run: async (call) => (await import('./verbs/share-rotate.ts')).shareRotate(call),
  },
  {
    words: ['share', 'take'],
    args: [share, { name: 'DEVICE', isOptional: true }],
    options: [],
    summary: 'Take over new secrets that another device has made',
    more: `"homeseed share show" tells whose there are. ${shareIsAny}`,
    run: async (call) => (await import('./verbs/share-rotate.ts')).shareTake(call),
  },
  {
    words: ['once', 'list'],
    args: [share],
    options: [],
    summary: 'One-time secrets that were made here, and who used them',
    more: shareIsAny,
    run: async (call) => (await once()).list(call),
  },
  {
    words: ['once', 'revoke'],
    args: [share, { name: 'ID' }],
    options: [],
    summary: 'Take back a one-time secret that nobody has used',
    more: `ID is what "homeseed once list" shows. ${shareIsAny}`,
    run: async (call) => (await once()).revoke(call),
  },
  {
    words: ['share', 'select'],
    args: [share],
    options: [
      { name: 'only', value: 'PATH', isList: true, summary: 'have only this folder or file here; may be repeated' },
      { name: 'skip', value: 'PATH', isList: true, summary: 'do not have this one here; may be repeated' },
      { name: 'all', summary: 'have everything here again' },
    ],
    summary: 'Choose which folders lie on this device',
    more: 'Replaces what was chosen before; without options, shows it. What is not chosen goes from here as soon as another device is known to have it.',
    run: async (call) => (await import('./verbs/share-select.ts')).shareSelect(call),
  },
  ...(['pause', 'resume', 'rescan', 'release', 'undo'] as const).map((action) => ({
    words: ['share', action],
    args: [share],
    options: [],
    summary: {
      pause: 'Neither send nor receive',
      resume: 'Go on',
      rescan: 'Look for changes in the folder now',
      release: 'Let a mass of changes through that is held',
      undo: 'Undo a mass of changes that is held',
    }[action],
    more: shareIsAny,
    run: async (call: Call) => (await shares()).act(call, action),
  })),
  {
    words: ['share', 'changes'],
    args: [share],
    options: [],
    summary: 'What was changed here in a read-only share; nobody else gets it',
    more: shareIsAny,
    run: async (call) => (await ownChanges()).changes(call),
  },
  {
    words: ['share', 'revert'],
    args: [share, { name: 'PATH', isOptional: true, isList: true }],
    options: [],
    summary: 'Take that back: all of it, or what is at PATH and below',
    more: `What others have comes back as they have it; your own goes to the archive. ${shareIsAny}`,
    run: async (call) => (await ownChanges()).revert(call),
  },
  {
    words: ['share', 'set'],
    args: [share, { name: 'KEY=VALUE', isOptional: true, isList: true }],
    options: [],
    summary: 'Set how this device treats the share; without KEY=VALUE lists what can be set',
    more: `A change holds at once. KEY=default takes one back. ${shareIsAny}`,
    run: async (call) => (await import('./verbs/share-set.ts')).set(call),
  },
  {
    words: ['host', 'add'],
    args: [share, { name: 'HOST:PORT' }],
    options: [],
    summary: 'Also look for devices at a fixed address',
    more: shareIsAny,
    run: async (call) => (await hosts()).add(call),
  },
  {
    words: ['host', 'remove'],
    args: [share, { name: 'HOST:PORT' }],
    options: [],
    summary: 'No longer look there',
    more: shareIsAny,
    run: async (call) => (await hosts()).remove(call),
  },
  {
    words: ['host', 'list'],
    args: [share],
    options: [],
    summary: 'Fixed addresses of a share',
    more: shareIsAny,
    run: async (call) => (await hosts()).list(call),
  },
  {
    words: ['device', 'id'],
    args: [],
    options: [{ name: 'qr', summary: 'also draw it as a QR code' }],
    summary: 'Print the ID of this device',
    run: async (call) => (await devices()).id(call),
  },
  {
    words: ['device', 'list'],
    args: [],
    options: [],
    summary: 'Other devices',
    run: async (call) => (await devices()).list(call),
  },
  {
    words: ['device', 'add'],
    args: [{ name: 'DEVICE-ID' }],
    options: [
      { name: 'share', value: 'SHARE', summary: 'a share to have in common with it' },
      { name: 'name', value: 'N', summary: 'how you call it' },
      { name: 'address', value: 'HOST:PORT', summary: 'where it can be reached' },
      { name: 'seed-only', summary: 'seal all that it gets: its folder is of the type "receive encrypted"' },
    ],
    summary: 'Link a Syncthing device',
    run: async (call) => (await devices()).add(call),
  },
  {
    words: ['device', 'approve'],
    args: [share, { name: 'DEVICE' }],
    options: [],
    summary: 'Let a device into a share that waits for it; see "homeseed share set", approve',
    more: `DEVICE is an ID or a name, as "homeseed share show" tells. ${shareIsAny}`,
    run: async (call) => (await devices()).approve(call),
  },
  {
    words: ['device', 'remove'],
    args: [{ name: 'DEVICE' }],
    options: [],
    summary: 'Remove a device; it keeps its files, and comes back if it knows the secret: see "homeseed share rotate"',
    run: async (call) => (await devices()).remove(call),
  },
  {
    words: ['status'],
    args: [{ ...share, isOptional: true }],
    options: [{ name: 'watch', summary: 'go on telling what changes' }],
    summary: 'State, progress, speed and time left',
    more: shareIsAny,
    run: async (call) => (await import('./verbs/status.ts')).status(call),
  },
  {
    words: ['wait'],
    args: [{ ...share, isOptional: true }],
    options: [
      timeout,
      { name: 'peers', value: 'N', summary: 'how many connected devices must hold the same; default 1' },
    ],
    summary: 'Wait until this device and others hold the same, and all of it',
    more: 'Without SHARE: all shares.',
    run: async (call) => (await import('./verbs/wait.ts')).wait(call),
  },
  {
    words: ['conflicts'],
    args: [share],
    options: [
      { name: 'resolve', value: 'COPY', summary: 'sort out this conflict copy, by its path in the share' },
      { name: 'keep', value: 'WHAT', summary: 'original, copy, or both under ordinary names' },
    ],
    summary: 'Versions that lost their name to another one made at the same time',
    more: 'What gives way goes to the archive.',
    run: async (call) => (await import('./verbs/conflicts.ts')).conflicts(call),
  },
  {
    words: ['versions', 'list'],
    args: [share, { name: 'PATH', isOptional: true }],
    options: [{ ...at, summary: 'what was there at that time, instead of all old versions' }],
    summary: 'Old versions of files: replaced, changed or deleted',
    more: `PATH is a file or folder in the share. ${timeIs}`,
    run: async (call) => (await import('./verbs/versions.ts')).list(call),
  },
  {
    words: ['versions', 'restore'],
    args: [share, { name: 'PATH' }],
    options: [{ ...at, summary: 'which version; without it, the one of a file that was replaced last' }],
    summary: 'Bring back a file, or all below a folder, as it was at a time',
    more: `PATH . is the whole share. What gives way goes to the archive; files made since stay. ${timeIs}`,
    run: async (call) => (await import('./verbs/versions.ts')).restore(call),
  },
  {
    words: ['scrub'],
    args: [share],
    options: [{ name: 'stop', summary: 'do not go on' }],
    summary: 'Read all files again, to find and mend what the disk has damaged',
    more: `${shareIsAny} It goes on in the background; "homeseed share show SHARE" tells how far it is.`,
    run: async (call) => (await import('./verbs/scrub.ts')).scrub(call),
  },
  {
    words: ['keys', 'export'],
    args: [{ name: 'FILE' }],
    options: [],
    summary: 'Put the keys of this device and the secrets of its shares into a file, sealed with a passphrase',
    more: 'It asks for the passphrase, or takes the first line of a pipe. Homeseed may run or not.',
    run: async (call) => (await keys()).exportKeys(call),
  },
  {
    words: ['keys', 'import'],
    args: [{ name: 'FILE' }],
    options: [],
    summary: 'Make an empty home that device again; then start it with "homeseed serve"',
    more: 'The folders are looked for where they were. What lies in them counts as found just now: nothing is taken for deleted.',
    run: async (call) => (await keys()).importKeys(call),
  },
  {
    words: ['keys', 'sheet'],
    args: [{ name: 'FILE' }],
    options: [],
    summary: 'Write a page to print: the secrets of all shares, with QR codes',
    more: 'FILE is HTML and not sealed: print it and delete it.',
    run: async (call) => (await keys()).sheet(call),
  },
  {
    words: ['panel', 'password'],
    args: [],
    options: [],
    summary: "Set or reset the panel's password",
    more: 'Asks for it; from a pipe, reads one line. All browsers are signed out.',
    run: async (call) => (await import('./verbs/panel-password.ts')).panelPassword(call),
  },
  {
    words: ['version'],
    args: [],
    options: [],
    summary: 'Print the version',
    run: async (call) => (await import('./verbs/version.ts')).versionVerb(call),
  },
]
