/** The program ends at one call after the other: nothing is lost, nothing stays half done. */
import { sweepTest } from './sweep.ts'

sweepTest({ what: 'share', fault: 'kill', some: 24 })
sweepTest({ what: 'home', fault: 'kill', some: 20 })
sweepTest({ what: 'both', fault: 'kill', thenWithin: 80, some: 12 })
