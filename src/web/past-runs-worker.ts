import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../core/index.ts';
import type { PageAnswer, PageAsked } from './past-runs.ts';
import { PastRunError, PastRunsFolder } from './past-runs-folder.ts';
import { comparePage, listPage, problemPage, runPage } from './past-runs-pages.ts';

// A thread of its own: to read an hour's result and draw it takes seconds, in which the run that
// is being watched must not stand still.
const folder = new PastRunsFolder((workerData as { readonly dir: string }).dir);

parentPort!.on('message', (asked: PageAsked) => {
  void answer(asked).then((made) => parentPort!.postMessage(made));
});

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
