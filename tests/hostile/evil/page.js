// What a page can try at another one's server; the pages of browser_test.py hold it.
const json = {'Content-Type': 'application/json'}, text = {'Content-Type': 'text/plain'};
const made = JSON.stringify({command: ['true'], start: false});
const ask = (url, how) => fetch(url, {credentials: 'include', ...how}).then(got => got.text(), () => null)
                            .then(got => got || null);
const element = (name, set) => new Promise(end => {
  const it = Object.assign(document.createElement(name), set);
  it.onload = () => end('loaded');
  it.onerror = () => end(null);
  document.body.append(it);
});
const form = (url, type, value) => new Promise(end => {
  const frame = document.createElement('iframe'), it = document.createElement('form');
  frame.name = 'into' + document.forms.length;
  Object.assign(it, {action: url, method: 'POST', enctype: type, target: frame.name});
  if (value) it.append(Object.assign(document.createElement('input'), {name: value, value: ''}));
  document.body.append(frame, it);
  frame.onload = () => {
    let seen = null;
    try { seen = frame.contentDocument && frame.contentDocument.body.innerText || null; } catch {}
    end(seen);
  };
  it.submit();
});
const stream = url => new Promise(end => {
  const it = new EventSource(url, {withCredentials: true});
  it.onopen = () => { it.close(); end('opened'); };
  it.onerror = () => { it.close(); end(null); };
});
const socket = url => new Promise(end => {
  const it = new WebSocket(url.replace('http', 'ws'));
  it.onopen = () => end('opened');
  it.onerror = () => end(null);
});
// Each comes to what the page learned by it, or to null. The order is of the greatest harm last.
async function tries(api, session) {
  const events = `${api}/sessions/${session}/events`;
  return {
    'a fetch': await ask(api + '/me'),
    'a fetch without CORS': await ask(api + '/me', {mode: 'no-cors'}),
    'an image': await element('img', {src: api + '/me'}),
    'a script': await element('script', {src: api + '/me'}),
    'a style sheet': await element('link', {rel: 'stylesheet', href: api + '/me'}),
    'an event stream': await stream(events),
    'a WebSocket': await socket(events),
    'a POST of text': await ask(api + '/sessions', {method: 'POST', mode: 'no-cors', headers: text, body: made}),
    'a POST of JSON': await ask(api + '/sessions', {method: 'POST', headers: json, body: made}),
    'a DELETE': await ask(`${api}/sessions/${session}`, {method: 'DELETE'}),
    'a form of text': await form(api + '/sessions', 'text/plain', made),
    'an empty form': await form(api + '/grants/revoke', 'application/x-www-form-urlencoded'),
    'a beacon': navigator.sendBeacon(api + '/grants/revoke') ? null : 'not sent',
    'a POST of nothing': await ask(api + '/logout', {method: 'POST', mode: 'no-cors'})};
}

// The addresses in all that shows another page within this one.
async function framed(addresses) {
  for (const address of addresses) {
    for (const [name, where] of [['iframe', 'src'], ['embed', 'src'], ['object', 'data']]) {
      await element(name, {[where]: address});
    }
  }
}
