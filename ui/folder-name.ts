/** What a folder may be called that a share is joined into: it needs no quoting in a shell. */
export const folderName = (name: string): string =>
  name.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[-.]+|-+$/g, '') || 'Share'
