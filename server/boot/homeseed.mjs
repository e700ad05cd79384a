#!/usr/bin/env node
// `homeseed …` from a clone: makes the clone ready, then hands every argument to the program.
import { handOver } from './hand-over.mjs'
import { program } from './paths.mjs'
import { prepare } from './prepare.mjs'

prepare({ devTools: false, bundle: 'yes' })
handOver(program, process.argv.slice(2))
