import ts from 'typescript';

/**
 * Every module that a source text names: `import`, `export … from`, `import()` with a literal,
 * `import('…')` in a type, and what is looked up by name for its files (`require.resolve`). Parsed, so that a name in a string or a comment is none.
 */
export function readImports(fileName: string, text: string): ImportOfFile[] {
  const found: ImportOfFile[] = [];
  const source = ts.createSourceFile(fileName, text, ts.ScriptTarget.ESNext, false);
  const visit = (node: ts.Node): void => {
    const named = importNamedBy(node);
    if (named !== undefined) found.push(named);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** One import: what it names, and how. */
export interface ImportOfFile {
  readonly specifier: string;
  /** `type` is erased before the program runs; `lazy` is `import()`; of `resolved` only files are used. */
  readonly how: 'value' | 'type' | 'lazy' | 'resolved';
}

function importNamedBy(node: ts.Node): ImportOfFile | undefined {
  if (ts.isImportDeclaration(node)) {
    return named(node.moduleSpecifier, isTypeOnly(node.importClause) ? 'type' : 'value');
  }
  if (ts.isExportDeclaration(node)) {
    return named(node.moduleSpecifier, node.isTypeOnly ? 'type' : 'value');
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return named(node.arguments[0], 'lazy');
  }
  if (ts.isCallExpression(node) && isResolve(node.expression)) {
    return named(node.arguments[0], 'resolved');
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return named(node.argument.literal, 'type');
  }
  return undefined;
}

/** `import.meta.resolve`, `require.resolve`, `createRequire(…).resolve`. */
function isResolve(callee: ts.Expression): boolean {
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== 'resolve') return false;
  const from = callee.expression;
  if (ts.isCallExpression(from)) {
    return ts.isIdentifier(from.expression) && from.expression.text === 'createRequire';
  }
  return ts.isMetaProperty(from) || (ts.isIdentifier(from) && from.text === 'require');
}

function named(specifier: ts.Node | undefined, how: ImportOfFile['how']): ImportOfFile | undefined {
  if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return undefined;
  return { specifier: specifier.text, how };
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.isTypeOnly) return true;
  const bindings = clause.namedBindings;
  if (clause.name !== undefined || bindings === undefined) return false;
  return (
    ts.isNamedImports(bindings) &&
    bindings.elements.length > 0 &&
    bindings.elements.every((element) => element.isTypeOnly)
  );
}
