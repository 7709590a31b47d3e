/** Eight bytes, big-endian, so that rows lie in the order of the number. */
export function idKey(id: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  writeId(bytes, id, 0);
  return bytes;
}

export function readId(bytes: Uint8Array, at: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4);
}

export function writeId(bytes: Buffer, id: number, at: number): void {
  bytes.writeUInt32BE(Math.floor(id / 2 ** 32), at);
  bytes.writeUInt32BE(id % 2 ** 32, at + 4);
}

/**
 * An entry's position in the order of use. If two have the same rank, the action result comes
 * first: it shares the rank of the oldest blob it names, and goes before it.
 */
export function orderKey(rank: number, isBlob: boolean, id: number): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  // A rank stays below 2^53, so that its eighth byte is free: shifted left it makes room for the kind.
  writeId(bytes, rank, 0);
  bytes.copyWithin(0, 1, 8);
  bytes[7] = isBlob ? 1 : 0;
  writeId(bytes, id, 8);
  return bytes;
}
