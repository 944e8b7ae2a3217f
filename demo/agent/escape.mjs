// Ways out of a box, each tried once. Before anything is sent, onlyLoopback() must have said that there is no
// interface but lo: a broken box then makes an attempt fail, it never sends a packet anywhere.
import dgram from 'node:dgram';
import fs from 'node:fs';
import net from 'node:net';

export function onlyLoopback() {
  const lines = fs.readFileSync('/proc/self/net/dev', 'utf8').trim().split('\n').slice(2);
  const names = lines.map((line) => line.split(':')[0].trim());
  return names.length === 1 && names[0] === 'lo';
}

const refused = (how) => ({ refused: true, how });
const gotThrough = (how) => ({ refused: false, how });

function tcp(host, port) {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: 2000 });
    socket.once('connect', () => { socket.destroy(); resolve(gotThrough('connected')); });
    socket.once('timeout', () => { socket.destroy(); resolve(refused('no answer')); });
    socket.once('error', (error) => resolve(refused(error.code)));
  });
}

function udp(host, port) {
  return new Promise((resolve) => {
    let socket;
    try {
      socket = dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4');
    } catch (error) {
      resolve(refused(error.code));
      return;
    }
    socket.once('error', (error) => { socket.close(); resolve(refused(error.code)); });
    socket.send('x', port, host, (error) => {
      if (error) return;
      socket.close();
      resolve(gotThrough('sent'));
    });
  });
}

function abstractSocket(name) {
  return new Promise((resolve) => {
    const socket = net.connect({ path: `\0${name}` });
    socket.once('connect', () => { socket.destroy(); resolve(gotThrough('connected')); });
    socket.once('error', (error) => resolve(refused(error.code)));
  });
}

function read(path) {
  try {
    const found = fs.statSync(path).isDirectory() ? fs.readdirSync(path).join(' ') : fs.readFileSync(path, 'utf8');
    return found === '' ? refused('empty') : gotThrough(found.slice(0, 60));
  } catch (error) {
    return refused(error.code);
  }
}

function write(path) {
  try {
    fs.writeFileSync(path, 'x');
    return gotThrough('written');
  } catch (error) {
    return refused(error.code);
  }
}

// The environment is exactly what every agent is given; anything else could be a secret.
function environment() {
  const given = new Set(['SESSION_ID', 'X1_URL', 'PATH', 'HOME', 'TMPDIR', 'LANG', 'TERM']);
  const others = Object.keys(process.env).filter((name) => !given.has(name));
  return others.length === 0 ? refused('only what every agent gets') : gotThrough(others.join(' '));
}

// Processes that are neither this one, nor the init that started it.
function otherProcesses() {
  const numbers = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
  const others = numbers.filter((number) => number !== 1 && number !== process.pid);
  return others.length === 0 ? refused('only me and my init') : gotThrough(others.join(' '));
}

export function escapeAttempts() {
  const attempts = {
    'internet, TCP (192.0.2.1:443)': () => tcp('192.0.2.1', 443),
    'internet, TCP over IPv6 ([2001:db8::1]:443)': () => tcp('2001:db8::1', 443),
    'internet, UDP (192.0.2.1:443)': () => udp('192.0.2.1', 443),
    'DNS (192.0.2.53:53)': () => udp('192.0.2.53', 53),
    'cloud metadata (169.254.169.254:80)': () => tcp('169.254.169.254', 80),
    'the bus (127.0.0.1:4222)': () => tcp('127.0.0.1', 4222),
    'the API (127.0.0.1:7811)': () => tcp('127.0.0.1', 7811),
    'host loopback, ssh (127.0.0.1:22)': () => tcp('127.0.0.1', 22),
    'host loopback over IPv6 ([::1]:7811)': () => tcp('::1', 7811),
    'abstract socket of the host (dbus)': () => abstractSocket('/tmp/dbus-system'),
    'host file /etc/shadow': () => read('/etc/shadow'),
    'host folder /root': () => read('/root'),
    'platform state /var/lib/x1agent': () => read('/var/lib/x1agent'),
    'kernel settings /proc/sys/kernel': () => read('/proc/sys/kernel'),
    'writing to /usr/bin': () => write('/usr/bin/x'),
    'writing to /etc/passwd': () => write('/etc/passwd'),
    'environment of the host': environment,
    'other processes': otherProcesses,
  };
  return Object.entries(attempts).map(([name, attempt]) => ({ name, attempt }));
}
