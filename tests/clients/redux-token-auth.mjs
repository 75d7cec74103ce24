// redux-token-auth: thunks that keep the session in axios' defaults and in localStorage.
import assert from "node:assert/strict";
import { api, codes, person, refusal, require, run, Storage } from "./common.mjs";

globalThis.localStorage = new Storage();
const { generateAuthActions, reduxTokenAuthReducer } = require("redux-token-auth");
// The axios that the library itself uses, with the session in its defaults.
const axios = createOwnRequire()("axios");

function createOwnRequire() {
  return require("node:module").createRequire(require.resolve("redux-token-auth"));
}

const actions = generateAuthActions({
  authUrl: `${api}/auth`,
  userAttributes: { id: "id", email: "email", firstName: "first_name", isEmployee: "worklete_employee" },
  userRegistrationAttributes: {
    firstName: "first_name",
    lastName: "last_name",
    inviteCode: "invite_code",
    provider: "provider",
  },
});
let state = reduxTokenAuthReducer(undefined, { type: "start" });

const dispatch = (action) => {
  if (typeof action === "function") {
    return action(dispatch);
  }
  state = { ...state, ...reduxTokenAuthReducer(state, action) };
  return action;
};
const user = () => state.currentUser;
const newcomer = {
  email: `redux.${Date.now()}@example.test`,
  password: person.password,
  passwordConfirmation: person.password,
  firstName: "Redux",
  lastName: "Tester",
  provider: "email",
};

await run("redux-token-auth", [
  ["a sign-up without an invitation is refused", async () => {
    assert.equal(await refusal(dispatch(actions.registerUser({ ...newcomer, inviteCode: "NOCODE" }))), 422);
    assert.equal(user().isSignedIn, false);
  }],
  ["signing up signs in", async () => {
    await dispatch(actions.registerUser({ ...newcomer, inviteCode: codes[0] }));
    assert.equal(user().isSignedIn, true);
    assert.equal(user().attributes.email, newcomer.email);
    assert.equal(user().attributes.isEmployee, false);
  }],
  ["the session is used by the next requests", async () => {
    const answer = await axios.get(`${api}/session`);
    assert.equal(answer.data.data.email, newcomer.email);
    assert.equal(answer.data.data.session.client, localStorage.getItem("client"));
  }],
  ["signing out ends the session", async () => {
    await dispatch(actions.signOutUser());
    assert.equal(user().isSignedIn, false);
    assert.equal(localStorage.getItem("access-token"), null);
    assert.equal(await refusal(axios.get(`${api}/session`)), 401);
  }],
  ["a wrong password is refused", async () => {
    assert.equal(await refusal(dispatch(actions.signInUser({ ...person, password: "wrong-one" }))), 401);
    assert.equal(user().isSignedIn, false);
  }],
  ["signing in works", async () => {
    await dispatch(actions.signInUser(person));
    assert.equal(user().attributes.email, person.email);
  }],
  ["a reloaded page finds its session in the storage", async () => {
    state = reduxTokenAuthReducer(undefined, { type: "start" });
    ["access-token", "token-type", "client", "expiry", "uid"].forEach((name) => delete axios.defaults.headers.common[name]);
    const values = { "access-token": localStorage.getItem("access-token"), client: localStorage.getItem("client"),
      uid: localStorage.getItem("uid") };
    await dispatch(actions.verifyToken(values));
    assert.equal(user().isSignedIn, true);
    assert.equal(user().attributes.email, person.email);
    assert.equal((await axios.get(`${api}/session`)).data.data.email, person.email);
  }],
  ["signing out a second time is refused", async () => {
    await dispatch(actions.signOutUser());
    assert.equal(await refusal(dispatch(actions.signOutUser())), 404);
  }],
]);
