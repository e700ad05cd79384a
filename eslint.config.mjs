import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'
import { importDirection } from './server/boot/lint/import-direction.mjs'

/** What makes a function of appliance/sync/model impure: clock, chance, waiting, the world outside. */
const impure = {
  syntax: [
    [':function[async=true]', 'model does not wait'],
    ['AwaitExpression', 'model does not wait'],
    ['ForOfStatement[await=true]', 'model does not wait'],
    ['NewExpression[callee.name="Date"][arguments.length=0]', 'model has no clock: take the time as an argument'],
    ['CallExpression[callee.name="Date"]', 'model has no clock: take the time as an argument'],
  ].map(([selector, message]) => ({ selector, message })),
  properties: [
    { object: 'Date', property: 'now', message: 'model has no clock: take the time as an argument' },
    { object: 'Math', property: 'random', message: 'model has no chance: take it as an argument' },
  ],
  globals: ['console', 'crypto', 'fetch', 'performance', 'process', 'queueMicrotask']
    .concat(['setImmediate', 'setInterval', 'setTimeout', 'Temporal', 'WebSocket'])
    .map((name) => ({ name, message: 'model is pure' })),
}

export default defineConfig(
  { ignores: ['dist/', 'node_modules/', 'ui/static/', '**/migrations/', 'image-build/', 'ansible/'] },
  {
    files: ['**/*.ts', '**/*.mjs', '**/*.js'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { homeseed: { rules: { 'import-direction': importDirection } } },
    rules: {
      'homeseed/import-direction': 'error',
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          // node's runner waits for these itself
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['test', 'it', 'describe', 'suite', 'before', 'after'] },
          ],
        },
      ],
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-expressions': ['error', { allowShortCircuit: true, allowTernary: true }],
      '@typescript-eslint/unbound-method': 'off', // most of our objects are closures, without a `this`
      '@typescript-eslint/require-await': 'off', // an interface may demand a promise
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'object-shorthand': 'error',
    },
  },
  {
    files: ['appliance/**/*.ts', 'ui/**/*.ts'],
    rules: { 'no-console': 'error' }, // the log is handed in
  },
  {
    files: ['appliance/sync/model/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...impure.syntax],
      'no-restricted-properties': ['error', ...impure.properties],
      'no-restricted-globals': ['error', ...impure.globals],
    },
  },
  {
    // Tests read JSON whose types nobody wrote down, and plain JavaScript cannot write them down where it reads it.
    files: ['test/**', '**/*.mjs'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
)
