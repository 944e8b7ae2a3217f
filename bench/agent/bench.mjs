// Runs in the box as the agent: gets a grant for the session, then measures the same call with wrk as often as it is
// told to. One line in ("CONNECTIONS SECONDS", or "end"), one line of JSON out.
import { spawnSync } from 'node:child_process';
import readline from 'node:readline';

const url = `${process.env.X1_URL}/mcp`;
const call = {
  name: 'calendar_list_events',
  arguments: { start: '2026-01-05T00:00:00Z', end: '2026-01-12T00:00:00Z' },
};
let session = '';
let version = '';
let id = 0;

function headers() {
  const all = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  return session ? { ...all, 'mcp-session-id': session, 'mcp-protocol-version': version } : all;
}

async function rpc(method, params) {
  id += 1;
  const body = JSON.stringify({ jsonrpc: '2.0', id, method, params });
  const answer = await fetch(url, { method: 'POST', headers: headers(), body });
  session ||= answer.headers.get('mcp-session-id') ?? '';
  const text = await answer.text();
  const json = text.startsWith('{') ? text : text.split('\n').filter((line) => line.startsWith('data:')).at(-1).slice(5);
  return JSON.parse(json).result;
}

function measure(connections, seconds) {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: call });
  const wrk = spawnSync(
    'wrk',
    ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', `${import.meta.dirname}/post.lua`, url],
    { encoding: 'utf8', env: { ...process.env, BENCH_BODY: body, BENCH_SESSION: session, BENCH_VERSION: version } });
  return { wrk: wrk.stdout, error: wrk.stderr };
}

const hello = await rpc('initialize', {
  protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'bench', version: '1' },
});
version = hello.protocolVersion;
await fetch(url, {
  method: 'POST', headers: headers(), body: JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }),
});
await rpc('tools/call', { name: 'request_permission', arguments: { tool: call.name, arguments: call.arguments } });
const first = await rpc('tools/call', call);
if (first.isError) throw new Error(JSON.stringify(first));

console.log('BENCH ready');
for await (const line of readline.createInterface({ input: process.stdin })) {
  const [connections, seconds] = line.trim().split(' ');
  if (connections === 'end') break;
  if (seconds) console.log(`BENCH ${JSON.stringify(measure(connections, seconds))}`);
}
process.exit(0);
