// An OpenID provider for tests: `node provider.mjs`, its settings as JSON on standard input.
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import Provider from "oidc-provider";

const { port, jwks, clients } = JSON.parse(await text(process.stdin));

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients,
  jwks,
  claims: { profile: ["name", "preferred_username"] },
  cookies: { keys: ["a key of the tests"] },
  pkce: { required: () => true },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: `Inspector ${id}`, preferred_username: id }),
  }),
});

createServer(provider.callback()).listen(port, "127.0.0.1", () => console.log("ready"));
