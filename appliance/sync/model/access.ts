/** What a secret or a link lets a device do with a share. */
export type Access = 'read-write' | 'read-only'
