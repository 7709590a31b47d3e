/** Joins the chunks of a body that is known to be small. A single one is not copied. */
export async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
}

/**
 * Passes a body on up to a size.
 * @throws what `tooLarge` makes, instead of the chunk that exceeds it.
 */
export async function* atMost(
  body: AsyncIterable<Uint8Array>,
  bytesMax: number,
  tooLarge: () => Error,
): AsyncGenerator<Uint8Array, void, undefined> {
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > bytesMax) throw tooLarge();
    yield chunk;
  }
}
