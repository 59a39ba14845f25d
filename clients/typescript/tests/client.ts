/** A client under test: it shares a file. */

export const TOKEN = "0123456789abcdef0123456789abcdef0123456789abcdef";

export interface Shared {
  status: number;
  code: number;
}

export async function share(url: string, days = 7, headers: Record<string, string> = {}): Promise<Shared> {
  const answer = await fetch(`${url}/koodrive/ose/v1/share`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${TOKEN}`,
      "x-user-id": "1505084218764547200",
      "x-date": "20260102T030405Z",
      "content-type": "application/json",
      ...headers,
    },
    body: JSON.stringify({ scope: 1, fileIds: ["a"], containerId: "c", validDays: days }),
  });
  const { code } = (await answer.json()) as { code: number };
  return { status: answer.status, code };
}

export async function isGone(url: string): Promise<boolean> {
  return share(url).then(
    () => false,
    () => true,
  );
}

export const FULL = `
  scenario: full
  rules:
    - operation: CreateShare
      answers:
        - { error: 13000311 }
        - example
`;

export const WRONG = "scenario: wrong\nrules:\n  - operation: CreateShares\n    answers: [example]\n";
export const CARET = "  - operation: CreateShares\n  |                ^^^^^^^^^^^^ no such operation";
