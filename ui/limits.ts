/** How long a text that is typed or sent may be, in UTF-16 units as browsers count them: for forms and API alike. */
export const longest = {
  deviceId: 100,
  host: 300,
  name: 200,
  /** 128 characters, each of which may be two */
  password: 256,
  path: 4096,
  secret: 4096,
} as const
