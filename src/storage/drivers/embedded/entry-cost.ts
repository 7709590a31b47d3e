import { type EntryRecord, recordBytes, type SectionLengths } from './entry-record.ts';

/**
 * What an entry takes on disk, as the bound counts it. B-tree pages of random keys are about 69 %
 * full (ln 2); rows with growing keys fill theirs. The bench's row `growth` shows what
 * an entry takes on the disk.
 */
export function entryCostBytes(
  record: Pick<EntryRecord, 'isFile' | 'sizeBytes'> & SectionLengths,
  keyBytes: number,
): number {
  const entryRow = (nodeHeaderBytes + keyBytes + recordBytes(record)) / randomFill;
  const orderRow = (nodeHeaderBytes + orderKeyBytes + keyBytes) / randomFill;
  return Math.ceil(entryRow + orderRow + bodyCostBytes(record));
}

const pageBytes = 4096;
const pageHeaderBytes = 16;
/** Node header (8) and its slot in the page (2). */
const nodeHeaderBytes = 10;
const idBytes = 8;
const orderKeyBytes = 16;
const randomFill = 0.69;
/** LMDB moves a row to pages of its own when fewer than two would fit a page. */
const leafRowBytesMax = 2038;
/** An inode, its directory entry, and its row among the files. */
const fileOverheadBytes = 512;

function bodyCostBytes({ isFile, sizeBytes }: Pick<EntryRecord, 'isFile' | 'sizeBytes'>): number {
  if (sizeBytes === 0) return 0;
  if (isFile) return Math.ceil(sizeBytes / pageBytes) * pageBytes + fileOverheadBytes;
  const row = nodeHeaderBytes + idBytes + sizeBytes;
  if (row <= leafRowBytesMax) {
    return pageBytes / Math.floor((pageBytes - pageHeaderBytes) / row);
  }
  return Math.ceil((pageHeaderBytes + sizeBytes) / pageBytes) * pageBytes + 2 * idBytes;
}
