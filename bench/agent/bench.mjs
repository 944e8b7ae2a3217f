// Runs in the box as the agent: gets a grant for the session, then measures the same call over and over with wrk.
// Prints one line of JSON for each measurement, between the markers that bench/run looks for.
import { spawnSync } from 'node:child_process';

const url = `${process.env.X1_URL}/mcp`;
const call = {
  name: 'calendar_list_events',
  arguments: { start: '2026-01-05T00:00:00Z', end: '2026-01-12T00:00:00Z' },
};
let session = '';
let version = '';
let id = 0;

async function rpc(method, params) {
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  if (session) Object.assign(headers, { 'mcp-session-id': session, 'mcp-protocol-version': version });
  id += 1;
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ jsonrpc: '2.0', id, method, params }) });
  session ||= answer.headers.get('mcp-session-id') ?? '';
  const text = await answer.text();
  const json = text.startsWith('{') ? text : text.split('\n').filter((line) => line.startsWith('data:')).at(-1).slice(5);
  return JSON.parse(json).result;
}

function measure(connections, seconds) {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: call });
  const wrk = spawnSync('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', `${import.meta.dirname}/post.lua`, url],
    { encoding: 'utf8', env: { ...process.env, BENCH_BODY: body, BENCH_SESSION: session, BENCH_VERSION: version } });
  return { connections, seconds, wrk: wrk.stdout, error: wrk.stderr };
}

const hello = await rpc('initialize', {
  protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'bench', version: '1' },
});
version = hello.protocolVersion;
await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream',
  'mcp-session-id': session, 'mcp-protocol-version': version },
  body: JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }) });
await rpc('tools/call', { name: 'request_permission', arguments: { tool: call.name, arguments: call.arguments } });
const first = await rpc('tools/call', call);
if (first.isError) throw new Error(JSON.stringify(first));

const seconds = Number(process.argv[2] ?? 5);
for (const connections of (process.argv[3] ?? '1').split(',').map(Number)) {
  console.log(`BENCH ${JSON.stringify(measure(connections, seconds))}`);
}
