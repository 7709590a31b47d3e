import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hashSecret } from './auth.ts';
import { parseTokens } from './tokens-file.ts';

const lines = `# who may what
bearer ci-token write ci
bearer dev-token read

basic anna s3cret write
`;
const yaml = `
- { bearer: ci-token, scope: write, name: ci }
- { bearer: dev-token, scope: read }
- { user: anna, password: s3cret, scope: write }
`;

describe('lines and YAML say the same', () => {
  for (const [form, text] of Object.entries({ lines, yaml })) {
    test(form, async () => {
      const { credentials, problems } = await parseTokens(text);
      assert.deepEqual(problems, []);
      assert.deepEqual(
        credentials.map(({ scheme, scope, secretSha256 }) => ({ scheme, scope, secretSha256 })),
        [
          { scheme: 'bearer', scope: 'write', secretSha256: hashSecret('ci-token') },
          { scheme: 'bearer', scope: 'read', secretSha256: hashSecret('dev-token') },
          { scheme: 'basic', scope: 'write', secretSha256: hashSecret('anna:s3cret') },
        ],
      );
      assert.deepEqual([credentials[0]?.name, credentials[2]?.name], ['ci', 'anna']);
    });
  }
});

describe('a problem names its place and never the secret', () => {
  const cases = [
    { text: '', where: /no credential/ },
    { text: '# only a comment', where: /no credential/ },
    { text: 'bearer hush-hush', where: /^line 1 must be bearer TOKEN/ },
    { text: 'bearer a read\nbearer hush-hush admin', where: /^line 2 must have the scope/ },
    { text: 'bearer hush"hush read', where: /^line 1 must have a token of/ },
    { text: 'basic us:er hush-hush read', where: /^line 1 must have a user name/ },
    { text: 'token hush-hush read', where: /^line 1 must be/ },
    { text: '- { bearer: hush-hush }', where: /^entry 1 must be/ },
    { text: '- { bearer: hush-hush, scope: write, extra: 1 }', where: /^entry 1 must be/ },
    { text: '- hush-hush', where: /^entry 1 must be/ },
    { text: '- [hush-hush', where: /^the file is neither/ },
    { text: '{ bearer: hush-hush, scope: read }', where: /^the file must be a list/ },
  ];
  for (const { text, where } of cases) {
    test(JSON.stringify(text), async () => {
      const { problems } = await parseTokens(text);
      assert.equal(problems.length, 1);
      assert.match(problems[0]!, where);
      assert.doesNotMatch(problems[0]!, /hush/);
    });
  }
});

/** Many of the smallest elements, in each form that is parsed. */
const smallest: Readonly<Record<string, string>> = {
  'empty lines': '\n'.repeat(100_000),
  'lines of a letter': 'a\n'.repeat(50_000),
  'a line of words': `bearer${' a'.repeat(50_000)}`,
  'empty entries': '- \n'.repeat(10_000),
  lists: `[${'[],'.repeat(10_000)}]`,
  numbers: `[${'1,'.repeat(10_000)}]`,
};

test('a file of the smallest elements is refused in a few lines', async () => {
  for (const [what, text] of Object.entries(smallest)) {
    const { credentials, problems } = await parseTokens(text);
    assert.deepEqual(credentials, [], what);
    assert.ok(problems.length > 0 && problems.length <= 21, `${what}: ${problems.length} problems`);
  }
  const { problems } = await parseTokens(smallest['lines of a letter']!);
  assert.equal(problems.at(-1), 'has 49980 more problems');
});
