import { Command } from 'commander';
import type { ConfigSources } from '../../../config/index.ts';
import { addSettingOptions } from '../../shared/setting-options.ts';

/** `memobuild serve`: runs the cache server until a signal ends it. */
export function createCommand(): Command {
  return addSettingOptions(new Command('serve'))
    .option('--print-config', "print every setting with its value's origin, and exit")
    .addHelpText('after', helpText)
    .action(async ({ config, printConfig, ...flags }: Record<string, unknown>) => {
      const { printServeConfig, runServe } = await import('./run.ts');
      const file = typeof config === 'string' ? config : process.env.MEMOBUILD_CONFIG;
      const sources: ConfigSources = { file, env: process.env, flags };
      await (printConfig === true ? printServeConfig(sources) : runServe(sources));
    });
}

const helpText = `
Each setting can be set in the file, as MEMOBUILD_<NAME> in the environment, or by its flag; the later of these wins. --print-config lists all of them, limits included.

SIGTERM and SIGINT drain and stop the server; a second one stops it immediately. SIGHUP reloads configuration, tokens and certificates and replaces the workers without a failed request.

Examples:
  memobuild serve --dir /var/cache/memobuild --max-size 50GiB
  memobuild serve --host 0.0.0.0 --tokens /etc/memobuild/tokens --tls-cert c.pem --tls-key k.pem`;
