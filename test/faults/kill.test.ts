/** The program ends at one call after the other: nothing is lost, nothing stays half done. */
import { sweepTest } from './sweep.ts'

sweepTest({ what: 'share', fault: 'kill', some: 24 })
sweepTest({ what: 'home', fault: 'kill', some: 20 })
