import ts from 'typescript';

/** A name that a module shows its users. */
export interface PublicName {
  readonly name: string;
  /** Its doc comment as plain text; '' where it has none. */
  readonly doc: string;
}

/** Reads modules and all that they import, once for any number of {@link publicNamesOf}. */
export function readModules(paths: readonly string[]): ts.Program {
  return ts.createProgram(paths, {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    types: ['node'],
  });
}

/** What a module exports, values and types, sorted; read through the compiler. */
export function publicNamesOf(
  path: string,
  program: ts.Program = readModules([path]),
): PublicName[] {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(path);
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${path} is not a module`);
  return checker
    .getExportsOfModule(module)
    .map((symbol) => {
      const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
      const meant = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
      const doc = ts.displayPartsToString(meant.getDocumentationComment(checker));
      return { name: symbol.name, doc };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
