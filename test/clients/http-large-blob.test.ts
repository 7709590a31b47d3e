// As test/e2e has it for CI, with the size that a large build really has.
process.env.MEMOBUILD_TEST_BLOB_MIB ??= '2048';
await import('../e2e/http-large-blob.test.ts');
