// Requests of scripts: they carry the page's proof, want JSON, and fail with what the server said.
export class Refusal extends Error {
  constructor(status, title, detail) {
    super(detail || title);
    Object.assign(this, { status, title, detail });
  }
}

const proof = () => document.querySelector('meta[name="csrf"]').content;

// `body`: a FormData, or a value that is sent as JSON. Gives the answer's JSON, or null where it has none.
export async function ask(path, { method = "GET", body, signal, keepalive } = {}) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF"] = proof();
  if (body !== undefined && !(body instanceof FormData)) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(body);
  }
  const answer = await fetch(path, { method, headers, body, signal, keepalive });
  if (answer.status === 401) location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  const said = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : null;
  if (!answer.ok) throw new Refusal(answer.status, said?.title ?? answer.statusText, said?.detail ?? "");
  return said;
}
