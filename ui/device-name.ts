import { plainText } from './plain-text.ts'

/** What people call a device; the beginning of its ID as long as it has told no name. */
export const deviceName = ({ name, device }: { readonly name: string; readonly device: string }): string =>
  plainText(name) || device.slice(0, 7)
