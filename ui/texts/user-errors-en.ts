/**
 * What the panel says when the engine refuses something, or a share is in trouble: by code or state, or by `code/kind`. `{name}` is a detail of the
 * error, `{message}` the engine's own words, which are English and serve the command line too.
 */
export const userErrorsEn = {
  'secret-mistyped/empty': '{message}',
  'secret-mistyped/unknown-kind': '{message}',
  'secret-mistyped/too-short': { one: '{message}', other: '{message}' },
  'secret-mistyped/too-long': { one: '{message}', other: '{message}' },
  'secret-mistyped/bad-character': '{message}',
  'secret-mistyped/checksum': '{message}',
  'secret-mistyped/newer-version': '{message}',
  'share-known': '{message}',
  'name-taken': 'There is a share named “{name}” already. Give this one another name.',
  'folder-overlaps': '{message}',
  'folder-missing': '{message}',
  'no-folder': '{message}',
  'folder-read-only': '{message}',
  'folder-holds-home': '{message}',
  'folder-not-made': '{message}',
  'folder-unusable': '{message}',
  'bad-host': '{message}',
  'no-such-host': 'This share has no such address any more.',
  'no-such-share': 'There is no such share here any more.',
  'ambiguous-share': 'More than one share fits.',
  'no-such-device': 'No such device is known here any more.',
  'device-id-mistyped': '{message}',
  'own-device': '{message}',
  'read-only': '{message}',
  paused: '{message}',
  'disk-missing': '{message}',
  'disk-full': '{message}',
  error: '{message}',
}
