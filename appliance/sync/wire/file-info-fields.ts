/** Numbers of BEP's FileInfo and of what is in it (docs/protocol.md, "Index"). */
export const NAME = 1
export const TYPE = 2
export const SIZE = 3
export const PERMISSIONS = 4
export const MODIFIED_S = 5
export const DELETED = 6
export const INVALID = 7
export const NO_PERMISSIONS = 8
export const VERSION = 9
export const SEQUENCE = 10
export const MODIFIED_NS = 11
export const MODIFIED_BY = 12
export const BLOCK_SIZE = 13
export const PLATFORM = 14
export const BLOCKS = 16
export const SYMLINK_TARGET = 17
export const BLOCKS_HASH = 18
export const ENCRYPTED = 19
/** ours; Syncthing ignores fields that it does not know, and keeps 1000 to 1003 for itself */
export const SIGNATURE = 2001
export const DELETED_HASH = 2002
export const LET_THROUGH = 2003
export const WRITER = 2004

export const BLOCK_OFFSET = 1
export const BLOCK_BYTES = 2
export const BLOCK_HASH = 3
export const COUNTERS = 1
export const COUNTER_ID = 1
export const COUNTER_VALUE = 2

export const FILE = 0
export const DIRECTORY = 1
export const SYMLINK = 4

export const PLATFORM_UNIX = 1
export const PLATFORM_LINUX = 3
export const OWNER_NAME = 1
export const GROUP_NAME = 2
export const UID = 3
export const GID = 4
export const XATTRS = 1
export const XATTR_NAME = 1
export const XATTR_VALUE = 2
