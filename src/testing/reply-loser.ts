import { connect, createServer, type Socket } from 'node:net';
import type { Cleanup } from './cleanup.ts';

/** A way to Redis that can lose an answer. */
export interface ReplyLoser {
  readonly port: number;
  /** The next answer to a command that holds this text is kept back; `meanwhile` runs, then its connection breaks. */
  loseReply(command: string, meanwhile?: () => Promise<void>): void;
}

/** Passes connections on to a port of the loopback. */
export async function startReplyLoser(t: Cleanup, toPort: number): Promise<ReplyLoser> {
  let wanted: { command: string; meanwhile: () => Promise<void> } | undefined;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const redis = connect(toPort, '127.0.0.1');
    for (const socket of [client, redis]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        redis.destroy();
      });
    }
    let lost: (() => Promise<void>) | undefined;
    client.on('data', (bytes) => {
      if (wanted !== undefined && bytes.includes(wanted.command)) {
        lost = wanted.meanwhile;
        wanted = undefined;
      }
      redis.write(bytes);
    });
    redis.on('data', (bytes) => {
      if (lost === undefined) client.write(bytes);
      else void lost().then(() => client.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    loseReply: (command, meanwhile = async () => {}) => {
      wanted = { command, meanwhile };
    },
  };
}
