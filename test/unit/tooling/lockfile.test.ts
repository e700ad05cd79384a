import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { root } from '../../../server/boot/paths.mjs'

interface Locked {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const read = (name: string) => JSON.parse(readFileSync(root + name, 'utf8'))
const packages: Readonly<Record<string, Locked>> = read('package-lock.json').packages

test('every dependency is pinned to one version', () => {
  const { dependencies, devDependencies, optionalDependencies } = read('package.json')
  const all: Record<string, string> = { ...dependencies, ...devDependencies, ...optionalDependencies }
  assert.deepEqual(
    Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version)),
    [],
  )
})

test('every package in the lockfile has a checksum and no address of a particular registry', () => {
  const others = Object.entries(packages).filter(([path]) => path !== '')
  assert.ok(others.length > 0)
  assert.deepEqual(
    others.filter(([, { integrity, resolved }]) => !integrity || resolved).map(([path]) => path),
    [],
  )
})

test('the lockfile holds the packages of other platforms too, or npm ci would refuse it', () => {
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
    Object.keys(optionalDependencies ?? {}).filter(
      (name) => !packages[`${path}/node_modules/${name}`] && !packages[`node_modules/${name}`],
    ),
  )
  assert.deepEqual(missing, [])
})

test('both pinned Nodes have the same version', () => {
  const versions = ['x64', 'arm64'].map((arch) => packages[`node_modules/node-linux-${arch}`]?.version)
  assert.deepEqual(versions, [process.versions.node, process.versions.node])
})
