const PASSWORD = 'correct horse battery staple';
const USERS = 12;

/**
 * Calls the replicas for `seconds` as applications do, and guesses passwords in the fourth fifth of the time. `origins`
 * are HTTP addresses of replicas that believe this machine's `x-forwarded-for`.
 */
export async function sendTraffic(origins, seconds) {
  const people = await Promise.all(Array.from({ length: USERS }, (_, number) => signUp(origins, number)));
  const begin = Date.now();
  const part = () => (Date.now() - begin) / (seconds * 1000);
  let beat = 0;
  while (part() < 1) {
    const [person, origin] = [people[beat % USERS], origins[beat % origins.length]];
    const wave = 8 + Math.round(6 * Math.sin(part() * 9));
    const calls = Array.from({ length: wave }, () => call(origin, 'Validate', {}, person));
    calls.push(
      get(origin, '/verify', person),
      call(origin, 'CheckRole', { accessToken: person.accessToken, roles: ['user'] }, person),
    );
    if (beat % 6 === 0) calls.push(signIn(origin, person));
    if (beat % 6 === 3) calls.push(refresh(origin, person));
    if (beat % 9 === 0)
      calls.push(call(origin, 'CheckRole', { accessToken: person.accessToken, roles: ['admin'] }, person));
    if (part() > 0.6 && part() < 0.8) calls.push(guess(origin));
    await Promise.all(calls);
    beat += 1;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function signUp(origins, number) {
  const person = { username: `person${number}`, address: `198.51.100.${number + 1}` };
  await call(
    origins[0],
    'Register',
    { username: person.username, email: `${person.username}@example.com`, password: PASSWORD },
    person,
  );
  await signIn(origins[0], person);
  return person;
}

async function signIn(origin, person) {
  const { tokens } = await call(origin, 'Login', { username: person.username, password: PASSWORD }, person);
  Object.assign(person, tokens);
}

async function refresh(origin, person) {
  const { tokens } = await call(origin, 'Refresh', { refreshToken: person.refreshToken }, person);
  Object.assign(person, tokens);
}

function guess(origin) {
  const attacker = { address: '203.0.113.7' };
  return call(origin, 'Login', { username: 'person1', password: `guess ${Math.random()}` }, attacker);
}

async function call(origin, method, message, { address, accessToken }) {
  const bearer = accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` };
  const answer = await fetch(`${origin}/postern.auth.v1.AuthService/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address, ...bearer },
    body: JSON.stringify(message),
  });
  return answer.json();
}

async function get(origin, path, { accessToken }) {
  const answer = await fetch(origin + path, { headers: { authorization: `Bearer ${accessToken}` } });
  await answer.arrayBuffer();
}
