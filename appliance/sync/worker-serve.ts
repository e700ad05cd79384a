import { free } from './free.ts'
import type { MessagePort } from 'node:worker_threads'
import { codeOf, messageOf } from './model/error-code.ts'
import { packFound } from './worker-protocol.ts'
import type { FromWorker, ToWorker, WorkerDisk } from './worker-protocol.ts'

/** A scan under way: who stops it, and who is waited for. */
interface Scan {
  readonly controller: AbortController
  goOn: () => void
}

/** Answers the engine's thread, in a worker. */
export function serveDiskWork(port: MessagePort, disk: WorkerDisk): void {
  const scans = new Map<number, Scan>()
  const send = (message: FromWorker, transfer: readonly ArrayBuffer[] = []) => port.postMessage(message, transfer)

  const answer = async ({ id, method, args }: ToWorker & { type: 'call' }): Promise<void> => {
    // the client's types have checked what belongs to which method
    const run = disk[method] as (...args: unknown[]) => Promise<unknown>
    const value = await run.apply(disk, [...args])
    const isBlock = value instanceof Uint8Array && value.buffer instanceof ArrayBuffer
    send({ type: 'answer', id, value }, isBlock ? [value.buffer] : [])
    // the client gave the block away
    if ((method === 'writeBlock' || method === 'writeChecked') && args[2] instanceof Uint8Array) free(args[2])
  }

  const scan = async ({ id, root, within, rules }: ToWorker & { type: 'scan' }): Promise<void> => {
    const state: Scan = { controller: new AbortController(), goOn: () => undefined }
    scans.set(id, state)
    const { signal } = state.controller
    try {
      const end = await disk.scan(
        root,
        within,
        (batch) => {
          const { found, parcel } = packFound(batch)
          send({ type: 'found', id, found }, parcel.transfer)
          return new Promise((goOn) => (state.goOn = goOn))
        },
        signal,
        rules,
      )
      send({ type: 'scanned', id, end })
    } finally {
      scans.delete(id)
    }
  }

  const handle = (id: number, work: Promise<void>): void =>
    void work.catch((error: unknown) => {
      send({ type: 'failed', id, message: messageOf(error), code: codeOf(error) })
    })

  port.on('message', (message: ToWorker) => {
    switch (message.type) {
      case 'call':
        return handle(message.id, answer(message))
      case 'scan':
        return handle(message.id, scan(message))
      case 'go-on':
        return scans.get(message.id)?.goOn()
      case 'ping':
        return send({ type: 'answer', id: message.id, value: undefined })
      case 'stop':
        scans.get(message.id)?.controller.abort(new Error('stopped'))
        return scans.get(message.id)?.goOn()
    }
  })
}
