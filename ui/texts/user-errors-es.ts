import type { Texts } from './texts.ts'

const again = 'Vuelve a copiarlo del otro dispositivo.'
const byItself = 'Después sigue sin que hagas nada.'
const stopped = 'La sincronización está parada para que no se borre nada.'

export const userErrorsEs: Texts['userErrors'] = {
  'secret-mistyped/empty': 'El secreto está vacío. Pega el que muestra el otro dispositivo.',
  'secret-mistyped/unknown-kind': `Un secreto empieza por A, B o C, y este por «{letter}». ${again}`,
  'secret-mistyped/too-short': {
    one: `El secreto no está completo: falta 1 carácter. ${again}`,
    other: `El secreto no está completo: faltan {missing} caracteres. ${again}`,
  },
  'secret-mistyped/too-long': {
    one: `Al secreto le sobra 1 carácter. ${again}`,
    other: `Al secreto le sobran {extra} caracteres. ${again}`,
  },
  'secret-mistyped/bad-character': `«{character}», en el lugar {position}, no puede ser parte de un secreto. ${again}`,
  'secret-mistyped/checksum': `El secreto tiene una errata: hay un carácter mal, o dos cambiados de lugar. ${again}`,
  'secret-mistyped/newer-version': 'Este secreto es de un Homeseed más nuevo. Actualiza este para usarlo.',
  'no-such-one-time': 'Aquí no hay ese secreto de un solo uso.',
  'one-time-over': 'Ese secreto de un solo uso ya no vale: se usó, caducó o se retiró.',
  'one-time-no-host':
    'Un secreto de un solo uso solo vale en el dispositivo que lo hizo. Di dónde está: su dirección, como 192.168.1.23:22000.',
  'one-time-refused': 'El dispositivo que hizo el secreto de un solo uso no lo ha aceptado. Pide uno nuevo.',
  'one-time-unreachable':
    'No se pudo llegar al dispositivo que hizo este secreto de un solo uso, en {hosts}. No se ha gastado: inténtalo de nuevo.',
  'bad-validity': 'Un secreto de un solo uso puede valer de un minuto a 30 días.',
  'share-known': 'Este dispositivo ya tiene esa carpeta compartida: «{name}» en {path}.',
  'name-taken': 'Ya hay una carpeta compartida con el nombre «{name}». Ponle otro nombre a esta.',
  'folder-overlaps':
    '{folder} se solapa con la carpeta compartida «{name}» en {path}. Elige una carpeta fuera de ella.',
  'folder-missing': 'No existe la carpeta {folder}. Créala primero, o revisa el nombre.',
  'no-folder': 'Eso es un archivo, o lo es una parte de la ruta. Solo se puede compartir una carpeta.',
  'folder-read-only': 'Homeseed no puede escribir en {folder}. Cambia su dueño o sus permisos.',
  'folder-holds-home': 'En {folder} están los archivos propios de Homeseed. Elige otra carpeta.',
  'folder-not-made':
    'No se puede crear la carpeta. ¿Puede Homeseed escribir allí, queda espacio y no hay un archivo en su lugar?',
  'folder-unusable':
    'Esa carpeta no se puede usar. ¿Es de otra carpeta compartida? Si esa ya no existe, borra .homeseed/share en ella.',
  'bad-host': '«{host}» no es NOMBRE:PUERTO, como 192.168.1.23:22000.',
  'time-missing': 'Di de qué momento es lo que se ha de restaurar.',
  'no-such-version': 'En el archivo no hay ninguna versión de «{path}» de ese momento.',
  'bad-path': '«{path}» no es una ruta de la carpeta compartida, como fotos/playa.jpg.',
  'bad-time': '«{time}» no es un momento como 2026-01-31T18:00:00Z.',
  'bad-cursor': 'Sigue con lo que dio la página anterior como «next».',
  'too-many-paths': 'Se pueden nombrar {max} carpetas como mucho. Nombra las que las contienen.',
  'path-twice': '«{path}» no puede estar elegida y excluida a la vez.',
  'unknown-setting': 'No hay ningún ajuste «{key}».',
  'bad-setting': '«{value}» no vale para el ajuste {key}.',
  'no-such-host': 'Esta carpeta ya no tiene esa dirección.',
  'no-such-share': 'Aquí ya no hay tal carpeta compartida.',
  'ambiguous-share': 'Hay más de una carpeta compartida que coincide.',
  'no-such-conflict': 'Esa copia en conflicto ya no está aquí.',
  'conflict-no-file': '«{path}» no es un archivo. Míralo y ordénalo a mano.',
  'conflict-folder': '«{path}» es ahora una carpeta. Quédate con ambas versiones, o mueve antes la carpeta.',
  'conflict-ignored': '«{path}» se ignora en este dispositivo. Resuélvelo en otro.',
  'conflict-not-now': '«{path}» se está cambiando, o el disco no lo admitió. Inténtalo de nuevo en un momento.',
  'not-waiting': '«{name}» no espera a entrar.',
  'ambiguous-device': 'Hay más de un dispositivo con ese nombre.',
  'no-such-device': 'Aquí ya no se conoce tal dispositivo.',
  'device-id-mistyped': 'Eso no es un ID de dispositivo: cópialo del otro dispositivo y pégalo aquí.',
  'own-device': 'Ese es el ID de este mismo dispositivo.',
  'read-only': '«{name}» se unió con un secreto de solo leer, así que aquí no hay otro.',
  'sealed-here':
    '«{name}» se guarda aquí sellado y no tiene nada para un dispositivo Syncthing. Enlázalo en un dispositivo que pueda leerlo.',
  'seed-only': '«{name}» se guarda aquí sellado, así que aquí no hay otro secreto.',
  'read-only-undo':
    'Este dispositivo solo puede leer «{name}». Deshazlo en el dispositivo donde se hizo, o deja que pase.',
  'not-read-only/seed-only':
    'Este dispositivo guarda «{name}» sellada: lo que se cambie en su carpeta cuenta como daño y se arregla solo.',
  'not-read-only': 'Este dispositivo puede cambiar «{name}»: aquí no hay nada que los demás no reciban.',
  'read-only-rotate/seed-only':
    'Este dispositivo guarda «{name}» sellada. Cambia sus secretos en un dispositivo que pueda escribir.',
  'read-only-rotate':
    'Este dispositivo solo puede leer «{name}». Cambia sus secretos en un dispositivo que pueda escribir.',
  'not-a-member': '«{device}» no tiene parte en «{name}».',
  'no-new-secrets': 'Ya no hay secretos nuevos que tomar.',
  'which-secrets': 'Varios dispositivos han hecho secretos nuevos para «{name}». Di de cuál los tomas.',
  rotating: '«{name}» está recibiendo secretos nuevos. Inténtalo de nuevo en un momento.',
  'nothing-held': 'Ya no hay nada retenido.',
  'held/outgoing':
    'En este dispositivo faltan o han cambiado {files} de {of} archivos. Los demás dispositivos conservan los suyos hasta que decidas.',
  'held/incoming': '{device} ha borrado o cambiado {files} de {of} archivos. Aquí se quedan hasta que decidas.',
  paused: '«{name}» está en pausa. Haz que continúe primero.',
  'disk-missing': `La carpeta no está, o ya no es la que se compartió: ¿está conectado su disco? ${stopped}`,
  'disk-full':
    'El disco está lleno. No se recibe nada hasta que haya sitio. Las versiones antiguas de menos de un día se quedan incluso ahora: borra las que no necesites en «.homeseed/archive», dentro de la carpeta.',
  error: `La carpeta no se puede usar. ${stopped}`,
  'error/other-share': `La carpeta es ahora de otra carpeta compartida. ${stopped}`,
  'error/read-only': `Su disco solo se puede leer: los demás reciben lo que hay en él, y nada nuevo entra. Revisa el disco y haz que se pueda escribir en él. ${byItself}`,
  'error/no-permission': `Homeseed no puede escribir en la carpeta. Cambia su dueño o sus permisos. ${byItself}`,
  'error/failing': `Su disco falla. Revisa el cable; si no ayuda, guarda lo que hay en él. ${stopped}`,
  'error/hung': `Su disco no responde. Las demás carpetas siguen. Revisa el cable y la corriente, o reinicia este dispositivo. ${byItself}`,
  'error/not-started': 'La carpeta no se puede usar ahora. Se vuelve a intentar cada pocos segundos.',
}
