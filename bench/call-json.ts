/**
 * Calls a unary method by its name, like `postern.auth.v1.AuthService/Login`, as JSON over HTTP; returns its answer.
 * Rejects when it is refused.
 */
export async function callJson<Answer>(
  httpAddress: string,
  method: string,
  request: object,
  bearer?: string,
): Promise<Answer> {
  const response = await fetch(`http://${httpAddress}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(bearer && { authorization: `Bearer ${bearer}` }) },
    body: JSON.stringify(request),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${JSON.stringify(request)}: ${text}`);
  return JSON.parse(text) as Answer;
}
