/** Sends bytes over a connection of their own and gives the status of the answer; null when none came. */
import net from 'node:net';

export interface RawAnswer {
  readonly status: number | null;
  readonly hung: boolean;
}

const QUIET_MS = 5_000;
const PATIENCE_MS = 60_000;

/**
 * Half-closed after the last byte when the request is not whole, as by a sender that thinks it has said everything; to
 * whom has half-closed Node answers nothing that takes it time.
 */
export function sendRaw(port: number, bytes: Buffer, isWhole: boolean): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    let text = '';
    const finish = (hung: boolean) => {
      socket.resetAndDestroy();
      resolve({ status: statusOf(text), hung });
    };
    socket.setTimeout(QUIET_MS, () => {
      socket.setTimeout(PATIENCE_MS, () => finish(true));
      socket.end();
    });
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (statusOf(text) !== null) finish(false);
    });
    socket.once('close', () => finish(false));
    socket.once('end', () => finish(false));
    if (isWhole) socket.write(bytes);
    else socket.end(bytes);
  });
}

function statusOf(text: string): number | null {
  const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  return statuses.find((status) => status >= 200) ?? null;
}
