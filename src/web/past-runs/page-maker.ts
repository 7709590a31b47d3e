import { messageOf } from '../../core/index.ts';
import { PastRunError, PastRunsFolder } from './folder.ts';
import { comparePage, listPage, problemPage, runPage } from './pages.ts';
import type { PageAnswer, PageAsked } from './past-runs.ts';

// The process in which pages are made, for the folder that it was given.
const folder = new PastRunsFolder(process.argv[2]!);

process.on('message', (asked: PageAsked) => {
  void answer(asked).then((made) => process.send?.(made));
});
// A terminal's Ctrl-C reaches it, too: the command decides what to do about it.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit());

async function answer({ id, ...asked }: PageAsked): Promise<PageAnswer> {
  try {
    return { id, status: 200, html: await make(asked) };
  } catch (error) {
    const status = error instanceof PastRunError ? 404 : 500;
    return { id, status, html: problemPage(messageOf(error)) };
  }
}

function make(asked: Omit<PageAsked, 'id'>): Promise<string> {
  const { path, query } = asked;
  const of = (name: string): string => query[name] ?? '';
  switch (path) {
    case '/runs':
      return listPage(folder);
    case '/runs/open':
      return runPage(folder, of('file'));
    case '/runs/compare':
      return comparePage(folder, of('base'), of('new'), of('force') === '1');
  }
}
