import { once } from 'node:events';
import { createServer } from 'node:http';

// A receiver that notes when each webhook-id came first, and answers at once or never.
export async function startSink(answers) {
  const arrivals = new Map();
  const server = createServer((request, response) => {
    const id = request.headers['webhook-id'];
    if (!arrivals.has(id)) arrivals.set(id, performance.now());
    request.resume();
    if (answers) response.writeHead(204).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/hook`,
    arrivals,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
