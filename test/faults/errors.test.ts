/** The disk refuses one call after the other: nothing is lost, nothing stays half done, and it goes on. */
import { sweepTest } from './sweep.ts'

sweepTest({ what: 'share', fault: 'EIO', some: 8 })
sweepTest({ what: 'share', fault: 'EIO', only: 'fsync', some: 5 })
sweepTest({ what: 'share', fault: 'EIO', only: 'read', some: 10 })
sweepTest({ what: 'share', fault: 'ENOSPC', some: 6 })
sweepTest({ what: 'share', fault: 'ENOSPC', isLasting: true, some: 3 })
sweepTest({ what: 'home', fault: 'ENOSPC', some: 4 })
sweepTest({ what: 'home', fault: 'ENOSPC', isLasting: true, some: 3 })
sweepTest({ what: 'home', fault: 'EIO', some: 4 })
