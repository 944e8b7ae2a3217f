// The demo agent: a plain MCP client in a box. It knows the two things that every agent here is told, SESSION_ID and
// X1_URL, and nothing else about the project. First it looks for a way out, then it does the work it was started for.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { escapeAttempts, onlyLoopback } from './escape.mjs';

const decisionTimeout = { timeout: 6 * 60_000 };

function say(line = '') {
  process.stdout.write(`${line}\n`);
}

async function tryToGetOut() {
  if (!onlyLoopback()) {
    say('I see a network interface other than lo. I will not try anything from here.');
    process.exit(3);
  }
  say('I see one network interface: lo. Trying to get out.');
  let escaped = 0;
  for (const { name, attempt } of escapeAttempts()) {
    const { refused, how } = await attempt();
    say(`  ${refused ? 'no ' : 'YES'}  ${name.padEnd(44)} ${how}`);
    if (!refused) escaped += 1;
  }
  say(escaped === 0 ? 'Nothing worked: I am in a box.' : `${escaped} of these worked: the box has a hole.`);
  return escaped === 0;
}

function week() {
  const start = new Date();
  start.setUTCHours(0, 0, 0, 0);
  const end = new Date(start.getTime() + 7 * 24 * 3600 * 1000);
  return { start: start.toISOString(), end: end.toISOString() };
}

// Waiting is not denying: as long as the person has not decided, the question is asked again.
async function askForPermission(mcp, call) {
  for (let round = 0; round < 12; round += 1) {
    const asked = await mcp.callTool(
      { name: 'request_permission', arguments: { tool: call.name, arguments: call.arguments } }, undefined, decisionTimeout);
    const status = asked.structuredContent?.status ?? asked.structuredContent?.code;
    if (status !== 'pending' && status !== 'permission_pending') return status;
  }
  return 'never answered';
}

async function readCalendar(mcp) {
  const call = { name: 'calendar_list_events', arguments: week() };
  const first = await mcp.callTool(call);
  if (!first.isError || first.structuredContent?.code !== 'permission_required') {
    say(`I called ${call.name} without a grant and got: ${JSON.stringify(first.structuredContent)}`);
    return false;
  }
  say(`I called ${call.name} and was told: ${first.structuredContent.code}. Asking for permission.`);

  const status = await askForPermission(mcp, call);
  say(`The answer is: ${status}.`);
  if (status !== 'granted') {
    const again = await mcp.callTool(call);
    say(`I called ${call.name} once more and was told: ${again.structuredContent?.code}.`);
    return again.isError === true;
  }

  const second = await mcp.callTool(call);
  if (second.isError) {
    say(`The call failed: ${JSON.stringify(second.structuredContent)}`);
    return false;
  }
  const { events } = second.structuredContent;
  say(`${events.length} events in the next seven days:`);
  for (const event of events) say(`  ${event.start}  ${event.summary}`);
  return events.length > 0;
}

const boxed = await tryToGetOut();
const mcp = new Client({ name: 'demo-agent', version: '1.0.0' });
await mcp.connect(new StreamableHTTPClientTransport(new URL(`${process.env.X1_URL}/mcp`)));
const { tools } = await mcp.listTools();
say(`My tools: ${tools.map((tool) => tool.name).join(', ')}`);
await mcp.callTool({ name: 'emit_status', arguments: { text: 'Looking at the calendar' } });
const worked = await readCalendar(mcp);
await mcp.close();
process.exit(boxed && worked ? 0 : 1);
