import ts from 'typescript';

/**
 * Where a text calls `Math.max` or `Math.min` with a spread: an argument each is a stack that
 * overflows when the list is long, and lists grow with the length of a run. `maxOf` and `minOf` of
 * core take any number.
 * @returns `file:line`, from 1 on.
 */
export function spreadExtremes(fileName: string, text: string): string[] {
  if (!/Math\.(max|min)\(/.test(text)) return [];
  const found: string[] = [];
  const source = ts.createSourceFile(fileName, text, ts.ScriptTarget.ESNext, true);
  const visit = (node: ts.Node): void => {
    if (
      ts.isCallExpression(node) &&
      /^Math\.(max|min)$/.test(node.expression.getText(source)) &&
      node.arguments.some(ts.isSpreadElement)
    ) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      found.push(`${fileName}:${line + 1}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
