import http from 'node:http';

const CONNECTIONS = 32;

// Over so many connections that stay open; returns how many a second were answered 200.
export async function sendAll(url, callbacks) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const waiting = callbacks.values();
  const startMs = performance.now();
  const lanes = Array.from({ length: CONNECTIONS }, async () => {
    for (const callback of waiting) await post(agent, url, callback);
  });
  await Promise.all(lanes);
  const seconds = (performance.now() - startMs) / 1_000;
  agent.destroy();
  return callbacks.length / seconds;
}

function post(agent, url, { path, headers, body }) {
  return new Promise((resolve, reject) => {
    const request = http.request(url + path, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.once('end', () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`${path} was answered ${response.statusCode}`)),
      );
    });
    request.once('error', reject);
    request.end(body);
  });
}
