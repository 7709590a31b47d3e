import { memobuildVersion, messageOf } from '../../core/index.ts';
import { type LiveSample, type MetricsSink, sendEveryMs, sendTimeoutMs } from './live-sample.ts';
import { encodeWriteRequest } from './write-request.ts';

/**
 * Sends metrics to a receiver of Prometheus remote write 1.0 (its specification: prometheus.io/docs/specs/prw).
 * User-info of the URL is sent as basic authorization.
 * @param onProblem called with each failure to send.
 */
export async function openRemoteWriteSink(
  url: string,
  onProblem: (text: string) => void,
): Promise<MetricsSink> {
  // Loaded on use: most runs send no metrics.
  const [wire, { compress }] = await Promise.all([
    import('@bufbuild/protobuf/wire'),
    import('./snappy.bundle.ts'),
  ]);
  const target = new URL(url);
  const authorization = basicAuthorization(target);
  target.username = '';
  target.password = '';
  let latest: readonly LiveSample[] = [];
  let sending: Promise<void> | undefined;
  let isSent = true;

  const send = async (): Promise<void> => {
    isSent = true;
    try {
      const answer = await fetch(target, {
        method: 'POST',
        body: compress(encodeWriteRequest(wire, latest, Date.now())),
        headers: {
          'content-type': 'application/x-protobuf',
          'content-encoding': 'snappy',
          'user-agent': `memobuild-loadtest/${memobuildVersion}`,
          'x-prometheus-remote-write-version': '0.1.0',
          ...(authorization === undefined ? {} : { authorization }),
        },
        signal: AbortSignal.timeout(sendTimeoutMs),
      });
      await answer.arrayBuffer();
      if (!answer.ok) onProblem(`it answered ${answer.status}`);
    } catch (error) {
      onProblem(messageOf(error instanceof Error ? (error.cause ?? error) : error));
    }
  };
  // One at a time; what is not sent by then is replaced by what is newer.
  const sendUnlessBusy = (): void => {
    if (isSent) return;
    sending ??= send().finally(() => {
      sending = undefined;
    });
  };
  const ticker = setInterval(sendUnlessBusy, sendEveryMs);
  return {
    update: (samples) => {
      latest = samples;
      isSent = false;
    },
    close: async () => {
      clearInterval(ticker);
      await sending;
      sendUnlessBusy();
      await sending;
    },
  };
}

function basicAuthorization({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}
