// The house style as errors. A rule that is switched off or relaxed stands here with its reason.
import { readFileSync } from 'node:fs'
import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'

/** The one table of who may import whom; test/architecture checks the resolved graph against it. */
const importRules = JSON.parse(
  readFileSync(new URL('./import-rules.json', import.meta.url), 'utf8'),
)

export default defineConfig(
  globalIgnores([
    'dist/',
    'data/',
    'coverage/',
    'node_modules/',
    'test/fixtures/',
    // Made from the OpenAPI document; the compiler checks it.
    'src/library/api-types.ts',
  ]),
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      // The worst bug here is a promise swallowed between "sent" and "recorded".
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      // A `default` does not count: a new member of a union must be decided wherever it is switched on.
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: false },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      eqeqeq: 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...restrictedSyntax()],

      // A number in a text is what it looks like; an object or undefined is not.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `() => socket.end()` says no less than with braces, and `void x` says it outright.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidOperator: true },
      ],
      // Leaving fields out of an object by name is what `const { secret: _secret, ...rest }` is for.
      '@typescript-eslint/no-unused-vars': [
        'error',
        { ignoreRestSiblings: true, argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      // `query<Row>()` names the columns that its SQL gives: the one place where a type is taken on trust.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // An interface may ask for a promise where one implementation (PGlite, in process) needs no await.
      '@typescript-eslint/require-await': 'off',
      // What we make are closures over their state, so a method may be taken off its object; `this` is
      // used in error classes only.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // Their tools look for a default export.
    files: ['*.config.ts', '*.config.js', 'web/*.config.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    // Printing is what a command and a script are for.
    files: ['src/cli/**', 'scripts/**', 'bench/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['test/**'],
    rules: {
      // expect.any(), expect.stringMatching() and their like are typed as any.
      '@typescript-eslint/no-unsafe-assignment': 'off',
    },
  },
  {
    // Plain JavaScript runs before anything is built (scripts, bin): it has no types to check.
    files: ['**/*.js', '**/*.mjs'],
    extends: [tseslint.configs.recommended],
    rules: { eqeqeq: 'error' },
  },
  ...importConfigs(),
)

function restrictedSyntax() {
  return [
    {
      selector: 'ExportDefaultDeclaration',
      message: 'Named exports only: a thing has one name everywhere.',
    },
    { selector: 'ExportAllDeclaration', message: 'No barrels: import the file that has it.' },
  ]
}

/**
 * One config for each folder and depth, so that the relative paths are exact: `../webhook/` is the stage
 * from src/dispatcher/x.ts and a folder of the emulator's own from src/emulator/graph/x.ts.
 */
function importConfigs() {
  const places = Object.keys(importRules.folders)
  const configs = places.flatMap((place) =>
    place.endsWith('.ts')
      ? [importConfig([`src/${place}`], patternsFor(place, '\\./'))]
      : [1, 2, 3].map((depth) => {
          const up = '\\.\\./'.repeat(depth)
          const files = [`src/${place}${'/*'.repeat(depth)}.ts`]
          return importConfig(files, patternsFor(place, up))
        }),
  )
  const pure = importRules.pure.files.map((file) => {
    const place = file.split('/')[0]
    return importConfig([`src/${file}`], [...patternsFor(place, '\\.\\./'), ...purePatterns(place)])
  })
  const contract = {
    regex: '(^|/)src/(?!http/contract\\.ts$)',
    message: 'web/ may see http/contract.ts, and that as types only.',
  }
  const contractTypes = {
    regex: '(^|/)src/http/contract\\.ts$',
    allowTypeImports: true,
    message: 'web/ sees http/contract.ts as types only: it must not carry zod to the browser.',
  }
  return [
    ...configs,
    ...pure,
    importConfig(['web/**/*.ts', 'web/**/*.tsx'], [contract, contractTypes]),
  ]
}

function importConfig(files, patterns) {
  return { files, rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] } }
}

/** What the files of `place` must not import; `up` is the way from such a file to src/. */
function patternsFor(place, up) {
  const { may, types = [], why } = importRules.folders[place]
  const others = Object.keys(importRules.folders).filter(
    (other) => other !== place && !may.includes(other),
  )
  const patterns = others.map((other) => {
    const inside = [...may, ...types].filter((path) => path.startsWith(`${other}/`))
    const target = other.endsWith('.ts')
      ? `${escape(other)}$`
      : `${other}/${inside.length === 0 ? '' : `(?!(${inside.map((path) => escape(path.slice(other.length + 1))).join('|')})$)`}`
    return { regex: `^${up}${target}`, message: `${why} (import-rules.json).` }
  })
  for (const file of types) {
    patterns.push({
      regex: `^${up}${escape(file)}$`,
      allowTypeImports: true,
      message: `${place} may import types only from ${file} (import-rules.json).`,
    })
  }
  patterns.push({ regex: '(^|/)index\\.ts$', message: 'No barrels: import the file that has it.' })
  return [...patterns, ...implementationPatterns(place, up)]
}

function implementationPatterns(place, up) {
  const { files, usedBy, why } = importRules.implementations
  if (usedBy.includes(place)) return []
  return files
    .filter((file) => !file.startsWith(`${place}/`) || file.endsWith('.ts'))
    .map((file) => {
      const way = file.startsWith(`${place}/`)
        ? `\\./${file.slice(place.length + 1)}`
        : `${up}${file}`
      return { regex: `^${way}`, message: `${why} (import-rules.json).` }
    })
}

function purePatterns(place) {
  const { files, packages, why } = importRules.pure
  const siblings = files
    .filter((file) => file.startsWith(`${place}/`))
    .map((file) => `${escape(file.slice(place.length + 1))}$`)
  const elsewhere = files.map((file) => `${escape(file)}$`)
  const message = `${why} (import-rules.json).`
  return [
    { regex: `^\\./(?!${siblings.join('|')}|.*\\.json$)`, allowTypeImports: true, message },
    { regex: `^\\.\\./(?!lib/|${elsewhere.join('|')})`, allowTypeImports: true, message },
    { regex: `^(?!\\.|(${packages.map(escape).join('|')})(/|$))`, allowTypeImports: true, message },
  ]
}

function escape(text) {
  return text.replaceAll('.', '\\.')
}
