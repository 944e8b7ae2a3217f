// An agent that is an ordinary client of the official MCP SDK: it asks for permission without waiting, listens, and
// answers what the server announces in every way that a client can. It says what it got in lines "x1-said {…}".
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema, LoggingMessageNotificationSchema } from '@modelcontextprotocol/sdk/types.js';

const answers = {
  accept: () => ({ action: 'accept', content: { answer: 'session', approved: true, lifetime: 'session' } }),
  decline: () => ({ action: 'decline' }),
  cancel: () => ({ action: 'cancel' }),
  error: () => { throw new Error('granted'); },
  silence: (signal) => new Promise((resolve) => {
    signal.addEventListener('abort', () => { aborted.resolve(true); resolve({ action: 'cancel' }); });
  }),
};

function say(what, value) {
  process.stdout.write(`\nx1-said ${JSON.stringify({ what, value })}\n`);
}

function later() {
  let resolve;
  const promise = new Promise((done) => { resolve = done; });
  return { promise, resolve };
}

let how = 'accept';
let announced = later();
let answered = later();
let decided = later();
const aborted = later();
const listening = later();

const mcp = new Client({ name: 'sdk', version: '1.0.0' }, { capabilities: { elicitation: {} } });
mcp.setRequestHandler(ElicitRequestSchema, (request, { signal }) => {
  announced.resolve(request.params);
  return answers[how](signal);
});
mcp.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => decided.resolve(params));
mcp.onerror = (error) => say('error', String(error));

async function call(name, args) {
  const answer = await mcp.callTool({ name, arguments: args });
  return answer.structuredContent;
}

async function standing(ticket, question) {
  const { status } = await call('request_permission', { ticket });
  const blocked = await call(question.tool, question.arguments);
  return { status, call: blocked.code ?? 'ok' };
}

async function round(name, day) {
  how = name;
  announced = later();
  answered = later();
  decided = later();
  const question = { tool: 'calendar_list_events',
    arguments: { start: `2026-11-${day}T00:00:00Z`, end: `2026-11-${day}T12:00:00Z` } };
  const asked = await call('request_permission', { ...question, wait: false });
  say('asked', asked);
  say('announced', await announced.promise);
  if (name !== 'silence') await answered.promise;
  say('before', await standing(asked.ticket, question));
  say('told', await decided.promise);
  if (name === 'silence') say('aborted', await aborted.promise);
  say('after', await standing(asked.ticket, question));
}

const fetchAndNotice = async (url, options) => {
  const answer = await fetch(url, options);
  if (options?.method === 'GET') listening.resolve(answer.status);
  const sent = options?.method === 'POST' ? JSON.parse(options.body) : {};
  if (sent.method === undefined && sent.id !== undefined) answered.resolve(answer.status);
  return answer;
};
await mcp.connect(new StreamableHTTPClientTransport(new URL(`${process.env.X1_URL}/mcp`), { fetch: fetchAndNotice }));
while ((await call('emit_status', { text: 'here' })).code === 'no_active_turn');
say('listening', await listening.promise);
let day = 10;
for (const name of Object.keys(answers)) await round(name, day++);
say('stranger', await call('request_permission', { ticket: 'no-such-ticket' }));
await mcp.close();
process.exit(0);
