import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export interface Import {
  /** Path from src/ for a file of ours, else the package's specifier. */
  target: string
  ours: boolean
  /** Erased by the compiler: it brings in no code. */
  typeOnly: boolean
}

export interface SourceFile {
  /** Path from src/, e.g. `dispatcher/dispatcher.ts`. */
  path: string
  /** The folder below src/, or the file itself for those at its top. */
  place: string
  /** The text without comments; line numbers are kept. */
  code: string
  imports: Import[]
}

/** Every TypeScript file of src/, with its imports resolved: static, dynamic and re-exports. */
export function readSourceFiles(): SourceFile[] {
  const src = path.join(ROOT, 'src')
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .map((file) => parseSource(file, readFileSync(path.join(src, file), 'utf8')))
}

export function parseSource(file: string, text: string): SourceFile {
  const parsed = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true)
  const imports: Import[] = []
  const add = (specifier: string, typeOnly: boolean) => {
    const ours = specifier.startsWith('.')
    const target = ours ? path.posix.join(path.posix.dirname(file), specifier) : specifier
    imports.push({ target, ours, typeOnly })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      add(node.moduleSpecifier.text, isTypeOnly(node.importClause))
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      if (ts.isStringLiteral(node.moduleSpecifier)) add(node.moduleSpecifier.text, node.isTypeOnly)
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const argument = node.arguments[0]
      if (argument !== undefined && ts.isStringLiteral(argument)) add(argument.text, false)
    }
    ts.forEachChild(node, visit)
  }
  visit(parsed)
  return { path: file, place: file.split('/')[0] ?? file, code: withoutComments(text), imports }
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  const bindings = clause.namedBindings
  return (
    clause.name === undefined &&
    bindings !== undefined &&
    ts.isNamedImports(bindings) &&
    bindings.elements.every((element) => element.isTypeOnly)
  )
}

/** Comments become spaces; the newlines in them stay, so that a line number is still right. */
export function withoutComments(text: string): string {
  const source = ts.createSourceFile('x.ts', text, ts.ScriptTarget.ES2023, true)
  const ranges = new Map<number, number>()
  const note = (comments: readonly ts.CommentRange[] | undefined) => {
    for (const { pos, end } of comments ?? []) ranges.set(pos, end)
  }
  // Asked of every token, comments are found where the compiler finds them: never inside a string.
  const visit = (node: ts.Node): void => {
    if (ts.isToken(node) && node.kind !== ts.SyntaxKind.JsxText) {
      note(ts.getLeadingCommentRanges(text, node.getFullStart()))
      note(ts.getTrailingCommentRanges(text, node.getEnd()))
    }
    for (const child of node.getChildren(source)) visit(child)
  }
  visit(source)
  let code = text
  for (const [start, end] of ranges) {
    code = code.slice(0, start) + text.slice(start, end).replaceAll(/[^\n]/g, ' ') + code.slice(end)
  }
  return code
}
