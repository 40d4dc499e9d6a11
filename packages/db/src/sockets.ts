/**
 * The sockets of a pool. While the database is taken for gone none is opened: whatever a request under way still asks
 * (its rollback, its key given back) is answered at once, and not after the time that a connection may take.
 */
import net from 'node:net';

export interface Sockets {
  open(): net.Socket;
  /** Breaks every connection and refuses new ones until `mend`. */
  cut(): void;
  mend(): void;
}

export function makeSockets(): Sockets {
  const open = new Set<net.Socket>();
  let isCut = false;
  return {
    open: () => {
      const socket = isCut ? new RefusedSocket() : new net.Socket();
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      return socket;
    },
    cut: () => {
      isCut = true;
      for (const socket of open) socket.destroy();
    },
    mend: () => {
      isCut = false;
    },
  };
}

class RefusedSocket extends net.Socket {
  override connect(): this {
    const error = new Error('not connected: the database is taken for gone');
    return this.destroy(Object.assign(error, { code: 'ECONNREFUSED' }));
  }
}
