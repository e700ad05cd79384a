import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { compile } from './compile.ts'

/** The file system at this path stops as if its disk had been pulled out. @param folder  where the tool may be built */
export function shutDown(folder: string, path: string): void {
  const program = join(folder, 'fs-shutdown')
  compile('fs-shutdown.c', program)
  execFileSync(program, [path])
}
