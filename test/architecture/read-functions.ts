import ts from 'typescript';

/** A function, method, accessor or constructor with a body. */
export interface FunctionOfFile {
  /** As it is declared; empty where it has none. */
  readonly name: string;
  /** Where it begins, from 1 on. */
  readonly line: number;
  /** From its first line to its last, both included; its contents count. */
  readonly lines: number;
}

/** Every function of a source text, those inside others too. */
export function readFunctions(fileName: string, text: string): FunctionOfFile[] {
  const found: FunctionOfFile[] = [];
  const source = ts.createSourceFile(fileName, text, ts.ScriptTarget.ESNext, true);
  const lineAt = (position: number): number =>
    source.getLineAndCharacterOfPosition(position).line + 1;
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const line = lineAt(node.getStart(source));
      const name = node.name?.getText(source) ?? '';
      found.push({ name, line, lines: lineAt(node.end) - line + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
