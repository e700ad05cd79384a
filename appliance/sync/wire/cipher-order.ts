import { createCipheriv } from 'node:crypto'

const AES = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384'
const CHACHA = 'TLS_CHACHA20_POLY1305_SHA256'
const SAMPLE = Buffer.alloc(128 * 1024)
const ROUNDS = 8
/** far from both answers that occur, so that a busy computer gives the right one too */
const TOO_SLOW = 1.5

let measured: string | undefined

/**
 * TLS ciphers, the quicker first. A processor with instructions for AES does it two to three times as fast as
 * ChaCha20, one without (Raspberry Pi 4) four times as slowly; so it is tried out, once, in some milliseconds.
 */
export function cipherOrder(): string {
  measured ??= isAesSlow() ? `${CHACHA}:${AES}` : `${AES}:${CHACHA}`
  return measured
}

/** Compares the best of some rounds in turn, as another program may get in the way. */
function isAesSlow(): boolean {
  let aes = Infinity
  let chacha = Infinity
  for (let round = 0; round < ROUNDS; round++) {
    aes = Math.min(aes, milliseconds('aes-128-gcm', 16))
    chacha = Math.min(chacha, milliseconds('chacha20-poly1305', 32))
  }
  return aes > chacha * TOO_SLOW
}

function milliseconds(algorithm: string, keyBytes: number): number {
  const start = performance.now()
  createCipheriv(algorithm, Buffer.alloc(keyBytes), Buffer.alloc(12)).update(SAMPLE)
  return performance.now() - start
}
