/** The program ends at one call after the other: nothing is lost, nothing stays half done. */
import { all, sweepTest } from './sweep.ts'

sweepTest({ what: 'share', fault: 'kill', some: 24 })
sweepTest({ what: 'home', fault: 'kill', some: 20 })
// once in many rounds a file that others deleted is back: open (docs/testing.md)
if (all) sweepTest({ what: 'both', fault: 'kill', thenWithin: 80, some: 12 })
