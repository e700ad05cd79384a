/** By the engine's English words for why a path is not synced; what stands in brackets after them is kept. */
export const problemReasonsEs: Readonly<Record<string, string>> = {
  'its name cannot be synced': 'su nombre no se puede sincronizar',
  'neither a file, a folder nor a link': 'no es archivo, carpeta ni enlace',
  'another disk is mounted here': 'aquí está montado otro disco',
  'cannot be read': 'no se puede leer',
  'damaged on this disk, and no connected device has it whole':
    'dañado en este disco, y ningún dispositivo conectado lo tiene entero',
  'gone from this disk, and no connected device has it':
    'falta en este disco, y no lo tiene ningún dispositivo conectado',
  'no connected device has it': 'no lo tiene ningún dispositivo conectado',
  'no other device is known to have it': 'no se sabe de ningún otro dispositivo que lo tenga',
  'the disk is full': 'el disco está lleno',
  'it was changed here meanwhile': 'mientras tanto se cambió aquí',
  'it is being changed here': 'se está cambiando aquí',
  'the device that changed it is being asked': 'se está preguntando al dispositivo que lo cambió',
  'a device sent something else than it announced': 'un dispositivo envió algo distinto de lo anunciado',
  'the disk refused it': 'el disco no lo admitió',
  'the folder still holds something': 'la carpeta todavía contiene algo',
  'its folder is not here yet': 'su carpeta todavía no está aquí',
  'a folder of this name is in its place': 'en su lugar hay una carpeta con ese nombre',
  'this disk cannot keep this name': 'este disco no admite ese nombre',
  'this disk cannot keep its extended attributes': 'este disco no admite sus atributos extendidos',
  'this disk keeps no links': 'este disco no admite enlaces',
  'this disk takes its name for that of another one here':
    'este disco confunde su nombre con el de otro que ya está aquí',
  'something went wrong here; see the log': 'algo ha fallado aquí; el registro dice más',
  'its version in the archive is gone': 'su versión ya no está en el archivo',
  'a line of it is no pattern: until that is mended, the rules before hold and nothing is deleted elsewhere':
    'una línea no es un patrón: hasta que se corrija, valen las reglas de antes y no se borra nada en otros dispositivos',
  'it holds too many rules: until that is mended, the rules before hold and nothing is deleted elsewhere':
    'tiene demasiadas reglas: hasta que se corrija, valen las reglas de antes y no se borra nada en otros dispositivos',
  'a file that it includes cannot be read: until that is mended, the rules before hold and nothing is deleted elsewhere':
    'no se puede leer un archivo que incluye: hasta que se corrija, valen las reglas de antes y no se borra nada en otros dispositivos',
  'it cannot be read: until that is mended, the rules before hold and nothing is deleted elsewhere':
    'no se puede leer: hasta que se corrija, valen las reglas de antes y no se borra nada en otros dispositivos',
  'it was not chosen, but no connected device has it: it stays here':
    'no está elegido, pero no lo tiene ningún dispositivo conectado: se queda aquí',
  'it was not chosen, but no connected device that may change it has it: it stays here':
    'no está elegido, pero no lo tiene ningún dispositivo conectado que pueda modificarlo: se queda aquí',
  'Homeseed may not write here': 'Homeseed no puede escribir aquí',
}
