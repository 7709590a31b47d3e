import type { BinaryWriter } from '@bufbuild/protobuf/wire';
import type { LiveSample } from './live-sample.ts';

/** The encoder of Protocol Buffers, which is loaded on use. */
export type Wire = typeof import('@bufbuild/protobuf/wire');

/** Samples as `prometheus.WriteRequest`, one series each. */
export function encodeWriteRequest(
  { BinaryWriter, WireType }: Wire,
  samples: readonly LiveSample[],
  atMs: number,
): Uint8Array {
  const request: BinaryWriter = new BinaryWriter();
  for (const { name, kind, value, attributes } of samples) {
    request.tag(field.timeseries, WireType.LengthDelimited).fork();
    const labels = { ...attributes, __name__: metricName(name, kind) };
    // Receivers may reject labels that are not in order.
    for (const [label, text] of Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))) {
      request.tag(field.labels, WireType.LengthDelimited).fork();
      request.tag(1, WireType.LengthDelimited).string(label.replace(/\W/g, '_'));
      request.tag(2, WireType.LengthDelimited).string(text);
      request.join();
    }
    request.tag(field.samples, WireType.LengthDelimited).fork();
    request.tag(1, WireType.Bit64).double(value);
    request.tag(2, WireType.Varint).int64(atMs);
    request.join().join();
  }
  return request.finish();
}

/** Fields of `prometheus.WriteRequest` and `prometheus.TimeSeries`. */
const field = { timeseries: 1, labels: 1, samples: 2 } as const;

function metricName(name: string, kind: LiveSample['kind']): string {
  return `${name.replace(/[^\w:]/g, '_')}${kind === 'counter' ? '_total' : ''}`;
}
