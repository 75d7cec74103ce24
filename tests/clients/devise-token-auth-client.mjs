// devise-token-auth-client: an axios of its own, which keeps the session in a cookie.
import assert from "node:assert/strict";
import { api, codes, person, redirectUrl, refusal, require, run } from "./common.mjs";

const { default: ApiClient } = require("devise-token-auth-client");
const cookies = {};

// As a page is loaded: what the cookie holds is validated first.
async function load() {
  const client = new ApiClient({
    baseURL: `${api}/`,
    headers: { common: {} },
    adapter: require("axios").defaults.adapter,
    transformRequest: require("axios").defaults.transformRequest,
    transformResponse: require("axios").defaults.transformResponse,
    validateStatus: (status) => status >= 200 && status < 300,
    maxContentLength: -1,
    requestCookies: { auth: cookies.auth },
    setResponseCookie: (name, value) => { cookies.auth = { user: value }; },
    clearResponseCookie: () => { delete cookies.auth; },
  });
  await client.isInitialized;
  return client;
}

const newcomer = {
  email: `client.${Date.now()}@example.test`,
  password: person.password,
  passwordConfirmation: person.password,
  first_name: "Client",
  last_name: "Tester",
  provider: "email",
};
let client = await load();

async function faults(promise) {
  try {
    await promise;
  } catch (error) {
    return error.validationErrors;
  }
  return undefined;
}

await run("devise-token-auth-client", [
  ["a refused sign-up names the fields", async () => {
    const found = await faults(client.emailSignUp({ ...newcomer, password: "abc", invite_code: codes[1] }));
    assert.match(found.password[0], /too short/);
    assert.match(found._error[0], /too short/);
  }],
  ["signing up signs in", async () => {
    const user = await client.emailSignUp({ ...newcomer, invite_code: codes[1] });
    assert.equal(user.uid, newcomer.email);
    assert.equal((await client.get("session")).data.data.email, newcomer.email);
  }],
  ["signing out ends the session", async () => {
    await client.signOut();
    assert.equal(await refusal(client.get("session")), 401);
  }],
  ["a wrong password is told as a list of sentences", async () => {
    const found = await faults(client.emailSignIn({ email: person.email, password: "wrong-one" }));
    assert.deepEqual(found._error, ["Invalid login credentials. Please try again."]);
  }],
  ["signing in works", async () => {
    const user = await client.emailSignIn(person);
    assert.equal(user.email, person.email);
    assert.equal((await client.validateToken()).email, person.email);
  }],
  ["a reloaded page finds its session in the cookie", async () => {
    client = await load();
    assert.equal((await client.get("session")).data.data.email, person.email);
  }],
  ["a reset mail is asked for", async () => {
    assert.equal(await client.passwordResetRequest({ email: person.email, redirectUrl }), true);
    assert.notEqual(await faults(client.passwordResetRequest({ email: person.email })), undefined);
  }],
  ["a session that has ended is not validated", async () => {
    await client.signOut();
    await assert.rejects(client.validateToken(), /Invalid credentials/);
  }],
]);
