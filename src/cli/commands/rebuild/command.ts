import { Command } from 'commander';
import type { ConfigSources } from '../../../config/index.ts';
import { addSettingOptions } from '../../shared/setting-options.ts';

/** `memobuild rebuild`: makes the index of a shared store anew from the objects in its bucket. */
export function createCommand(): Command {
  return addSettingOptions(new Command('rebuild'), 'store')
    .option('--empty', 'take nothing over: delete the objects that have no entry')
    .addHelpText('after', helpText)
    .action(async ({ config, empty, ...flags }: Record<string, unknown>) => {
      const { runRebuild } = await import('./run.ts');
      const file = typeof config === 'string' ? config : process.env.MEMOBUILD_CONFIG;
      const sources: ConfigSources = { file, env: process.env, flags };
      await runRebuild(sources, empty === true);
    });
}

const helpText = `
Give it the settings of the servers, which may run meanwhile. Every object without an entry is read once and compared with its SHA-256. Interrupted, it goes on where it was when it is started again.

Examples:
  memobuild rebuild --config /etc/memobuild.yaml
  memobuild rebuild --store shared --redis redis://cache-redis:6379 --s3 https://s3.eu-central-1.amazonaws.com --bucket build-cache --empty`;
