/**
 * Parses YAML, of which JSON is a part. Numbers are decimal, as on the command line: what looks like
 * a hexadecimal or octal one stays a text. The library is loaded on use.
 */
export async function parseYaml(text: string): Promise<unknown> {
  const { parse } = await import('yaml');
  return parse(text, {
    maxAliasCount: 100,
    customTags: (tags) =>
      tags.filter((tag) => typeof tag === 'string' || !['HEX', 'OCT'].includes(tag.format ?? '')),
  });
}
