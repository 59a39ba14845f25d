// Speaks LSP with yaml-language-server on its standard input and output. In a document, `|` is where the cursor stands.
import { spawn } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { dirname, join } from "node:path";

const here = dirname(fileURLToPath(import.meta.url));
const server = spawn(process.execPath, [join(here, "node_modules/yaml-language-server/bin/yaml-language-server"), "--stdio"], {
    stdio: ["pipe", "pipe", "inherit"],
});

let buffer = Buffer.alloc(0);
let last = 0;
const asked = new Map();
const diagnosed = new Map();
const send = (message) => {
    const text = JSON.stringify({ jsonrpc: "2.0", ...message });
    server.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
};
const ask = (method, params) =>
    new Promise((resolve, reject) => {
        last += 1;
        asked.set(last, { resolve, reject });
        send({ id: last, method, params });
    });

// What docs/editors.md has people write, as settings of the server.
const settings = { yaml: { schemas: { [pathToFileURL(join(here, "scenario.schema.json")).href]: "*.yaml" }, validate: true, completion: true, hover: true } };

const take = (message) => {
    if (message.method === undefined) {
        const { resolve, reject } = asked.get(message.id);
        asked.delete(message.id);
        return message.error ? reject(new Error(message.error.message)) : resolve(message.result);
    }
    if (message.method === "textDocument/publishDiagnostics") {
        diagnosed.get(message.params.uri)?.(message.params.diagnostics);
    } else if (message.method === "window/logMessage") {
        console.error(message.params.message);
    } else if (message.method === "workspace/configuration") {
        send({ id: message.id, result: message.params.items.map((item) => settings[item.section] ?? null) });
    } else if (message.id !== undefined) {
        send({ id: message.id, result: null });
    }
};
server.stdout.on("data", (piece) => {
    buffer = Buffer.concat([buffer, piece]);
    for (;;) {
        const end = buffer.indexOf("\r\n\r\n");
        if (end < 0) return;
        const length = Number(/Content-Length: (\d+)/i.exec(buffer.subarray(0, end).toString())[1]);
        if (buffer.length < end + 4 + length) return;
        const text = buffer.subarray(end + 4, end + 4 + length).toString();
        buffer = buffer.subarray(end + 4 + length);
        take(JSON.parse(text));
    }
});

let documents = 0;
/** Opens a document; its address, the place of its cursor, and what is said of it. */
const open = (text) => {
    documents += 1;
    const uri = pathToFileURL(`/documents/${documents}.yaml`).href;
    const before = text.split("|")[0];
    const line = before.split("\n").length - 1;
    const position = { line, character: before.length - (before.lastIndexOf("\n") + 1) };
    const diagnostics = new Promise((resolve) => diagnosed.set(uri, resolve));
    send({
        method: "textDocument/didOpen",
        params: { textDocument: { uri, languageId: "yaml", version: 1, text: text.replace("|", "") } },
    });
    return { uri, position, diagnostics };
};

/** What is offered at the cursor. */
const completed = async (text) => {
    const { uri, position } = open(text);
    const answer = await ask("textDocument/completion", { textDocument: { uri }, position });
    return answer.items ?? answer;
};

/** The messages about a document. */
const said = async (text) => (await open(text).diagnostics).map((one) => one.message);

let failed = false;
const check = (name, holds, found) => {
    console.log(`${holds ? "ok   " : "WRONG"} ${name}${holds ? "" : `: ${String(JSON.stringify(found)).slice(0, 600)}`}`);
    failed ||= !holds;
};
const offers = async (name, text, ...wanted) => {
    const items = await completed(text);
    const labels = items.map((item) => item.label);
    check(name, wanted.every((label) => labels.includes(label)), labels);
    return items;
};

await ask("initialize", {
    processId: process.pid,
    rootUri: null,
    capabilities: { workspace: { configuration: true }, textDocument: { completion: { completionItem: { documentationFormat: ["markdown"] } } } },
});
send({ method: "initialized", params: {} });
send({ method: "workspace/didChangeConfiguration", params: { settings } });

const schema = pathToFileURL(join(here, "scenario.schema.json")).href;
const bare = "scenario: s\nrules:\n";
const head = `# yaml-language-server: $schema=${schema}\n${bare}`;
const operations = await offers("operations, in block style", `${head}  - operation: |\n`, "CreateShare", "BatchCancel", "info");
check("every operation is offered", operations.length >= 131, operations.length);
check("an operation says what it is", JSON.stringify(operations.find((item) => item.label === "CreateShare") ?? {}).includes("POST /koodrive/ose/v1/share"), operations[0]);
await offers("operations, in flow style", `${head}  - { operation: C| }\n`, "CreateShare", "BatchCancel", "info");
await offers("operations of a list", `${head}  - operation: [Cr|]\n    answers: [503]\n`, "CreateShare");
const codes = await offers("codes, in block style", `${head}  - operation: CreateShare\n    answers:\n      - error: |\n`, "13000311", "APIGW.0308");
check("a code says what it means", JSON.stringify(codes.find((item) => item.label === "APIGW.0308") ?? {}).includes("429"), codes[0]);
await offers("codes, in flow style", `${head}  - { operation: CreateShare, answers: [{ error: 1| }] }\n`, "13000311", "APIGW.0308");
await offers("faults, in block style", `${head}  - operation: CreateShare\n    answers:\n      - fault: |\n`, "reset", "hang", "goaway");
await offers("faults, in flow style", `${head}  - { operation: CreateShare, answers: [{ fault: r| }] }\n`, "reset", "hang", "goaway");
await offers("faults with a value", `${head}  - operation: CreateShare\n    answers:\n      - fault:\n          |\n`, "truncate", "skew");
await offers("parts of a call", `${head}  - operation: CreateShare\n    match:\n      |\n`, "headers", "body");
await offers("fields, in block style", `${head}  - operation: CreateShare\n    match:\n      body:\n        |\n`, "scope", "validDays", "permission");
await offers("fields, in flow style", `${head}  - { operation: CreateShare, match: { body: { s| } } }\n`, "scope", "validDays", "permission");
await offers("fields of a field", `${head}  - operation: CreateShare\n    match:\n      body:\n        permission:\n          |\n`, "preview", "download");
const others = (await completed(`${head}  - operation: BatchCancel\n    match:\n      body:\n        |\n`)).map((item) => item.label);
check("fields of this operation alone", !others.includes("scope"), others);
await offers("fields of an expectation", `${head}  []\nexpect:\n  - operation: CreateShare\n    match:\n      body:\n        |\n`, "scope");
await offers("values, in block style", `${head}  - operation: CreateShare\n    match:\n      body:\n        scope: |\n`, "1", "2", "3");
await offers("values, in flow style", `${head}  - { operation: CreateShare, match: { body: { scope: 1| } } }\n`, "1", "2", "3");

const right = `${head}  - { operation: CreateShare, match: { body: { scope: 2 } }, answers: [{ error: 13000311 }, example] }\n`;
check("a right scenario is not complained of", (await said(right)).length === 0, await said(right));
for (const [name, from, to] of [
    ["an operation that is none", "CreateShare", "CreateShares"],
    ["a code that is none", "13000311", "13000312345"],
    ["a field that is none", "scope", "scopes"],
    ["a value that is none", "scope: 2", "scope: 4"],
    ["a fault that is none", "{ error: 13000311 }", "{ fault: restart }"],
]) {
    const flow = right.replace(from, to);
    const messages = await said(flow);
    check(`${name} is found, in flow style`, messages.length > 0, messages);
}
const block = `${head}  - operation: CreateShare\n    match:\n      body:\n        scopes: 2\n    answers:\n      - error: 13000311\n`;
check("a field that is none is found, in block style", (await said(block)).length > 0, block);

// Without the line at the top, by the settings.
await offers("operations, by the settings alone", `${bare}  - operation: |\n`, "CreateShare");

server.kill();
process.exit(failed ? 1 : 0);
