import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";

import { NotFound, NotStarted, Refused, type Scenario, Understudy, UnderstudyError, VerdictFailed, WrongScenario } from "understudy";

import { CARET, FULL, isGone, share, TOKEN, WRONG } from "./client.js";

const folder = await mkdtemp(join(tmpdir(), "understudy-tests-"));

async function program(text: string): Promise<string> {
  const path = join(folder, "program");
  await writeFile(path, text);
  await chmod(path, 0o755);
  return path;
}

test("a block has a stand-in and leaves none behind", async () => {
  let url = "";
  {
    await using api = await Understudy.start();
    ({ url } = api);
    assert.equal((await share(url)).status, 200);
    const [exchange] = await api.exchanges("CreateShare");
    assert.equal(exchange?.response.status, 200);
    assert.deepEqual(exchange?.violations, []);
    assert.ok((await api.verdict()).passed);
  }
  assert.ok(await isGone(url));
});

test("a broken contract fails at the end of the block", async () => {
  const block = async () => {
    await using api = await Understudy.start();
    await share(api.url, 366);
  };
  await assert.rejects(block, (failed: VerdictFailed) => {
    assert.ok(failed instanceof VerdictFailed);
    assert.match(failed.message, /\/body\/validDays: expected at most 365, found 366/);
    assert.deepEqual(failed.verdict.reasons, ["contract broken"]);
    return true;
  });
});

test("nobody called, and unjudged", async () => {
  const nobody = async () => {
    await using _ = await Understudy.start();
  };
  await assert.rejects(nobody, /no calls/);
  await using _ = await Understudy.start({ allowEmpty: true });
  await using unjudged = await Understudy.start({ judge: false });
  await share(unjudged.url, 366);
});

test("scenarios are texts or files", async () => {
  const file = join(folder, "busy.yaml");
  await writeFile(file, "scenario: busy\nrules: [{ operation: GetShareInfo, answers: [503] }]\n");
  const forms: (Scenario | Scenario[])[] = [FULL, [FULL, file], [pathToFileURL(file), FULL]];
  for (const scenario of forms) {
    await using api = await Understudy.start({ scenario });
    assert.equal((await share(api.url)).code, 13000311);
    assert.equal((await share(api.url)).status, 200);
    // All sessions play it, each from its beginning.
    assert.equal((await share(api.session("other").url)).code, 13000311);
  }
});

test("mistakes in scenarios come with their carets", async () => {
  const file = join(folder, "wrong.yaml");
  await writeFile(file, WRONG);
  for (const [scenario, place] of [
    [WRONG, "--> scenario:3:16"],
    [file, `--> ${file}:3:16`],
  ] as const) {
    await assert.rejects(Understudy.start({ scenario }), (wrong: WrongScenario) => {
      assert.ok(wrong instanceof WrongScenario);
      assert.ok(wrong.message.includes(CARET) && wrong.message.includes(place), wrong.message);
      return true;
    });
  }
  await using api = await Understudy.start({ allowEmpty: true });
  await assert.rejects(api.session("mine").play(WRONG), WrongScenario);
  await assert.rejects(api.play("nowhere.yaml"), /UnderstudyError: the scenario `nowhere.yaml` cannot be read: ENOENT/);
  await assert.rejects(api.play("nowhere.yaml"), UnderstudyError);
});

test("sessions do not see one another", async () => {
  await using api = await Understudy.start({ judge: false });
  const [mine, other] = [api.session("mine"), api.session("tests/a.ts > test[ä]")];
  await mine.play(FULL);
  assert.equal((await share(mine.url)).code, 13000311);
  assert.equal((await share(other.url, 366)).status, 400);
  assert.equal((await share(api.url, 7, mine.headers)).status, 200);
  assert.ok((await mine.verdict()).passed);
  await mine.check();
  await assert.rejects(other.check(), VerdictFailed);
  assert.equal(other.name, "tests-a.ts---test---");
  assert.equal(api.session("x".repeat(300)).name.length, 100);
  await mine.setStates({ upload: "done" });
  assert.deepEqual([await mine.states(), await other.states()], [{ upload: "done" }, {}]);
  await mine.forget();
  assert.deepEqual(await mine.exchanges(), []);
});

test("the clock is moved by whoever asks", async () => {
  await using api = await Understudy.start({ options: ["--time", "2026-11-21T08:00:00Z"], judge: false });
  const last = async () => (await api.exchanges()).at(-1)?.time;
  assert.equal((await share(api.url)).status, 200);
  assert.equal(await last(), "2026-11-21T08:00:00Z");
  await api.advance("20m");
  await api.advance(1500);
  // A token lives 20 minutes from its last call.
  assert.equal((await share(api.url)).status, 401);
  assert.equal(await last(), "2026-11-21T08:20:01.5Z");
  await api.setTime(new Date("2026-01-01T00:00:00Z"));
  await share(api.url);
  assert.equal(await last(), "2026-01-01T00:00:00Z");
  await api.resume();
  await api.freeze();
  await assert.rejects(api.advance("soon"), (refused: Refused) => refused instanceof Refused && refused.status === 400);
});

test("a world remembers, and credentials are told", async () => {
  await using api = await Understudy.start({ world: true, allowEmpty: true });
  const mine = api.session("mine");
  const put = await mine.putFile("lin/notes/new todo.txt", "sail to Crete");
  assert.equal(put["fileName"], "new todo.txt");
  assert.deepEqual(await mine.file("lin/notes/new todo.txt"), put);
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  await mine.putFile("lin/ä+b.bin", bytes);
  assert.deepEqual(new Uint8Array(await mine.readFile("lin/ä+b.bin")), bytes);
  await assert.rejects(api.session("other").file("lin/notes/new todo.txt"), /404/);
  assert.equal((await api.credentials())["UNDERSTUDY_KOODRIVE_TOKEN"], TOKEN);
  assert.match(api.log(), /Huawei Cloud KooDrive/);
});

test("a missing program is looked for and named", async () => {
  const { find } = (await import(new URL("./binary.js", import.meta.resolve("understudy")).href)) as {
    find(packaged: string): string;
  };
  const { PATH, UNDERSTUDY_BINARY } = process.env;
  try {
    process.env["PATH"] = folder;
    delete process.env["UNDERSTUDY_BINARY"];
    assert.throws(() => find("/nowhere"), {
      name: NotFound.name,
      message: /came without it .*UNDERSTUDY_BINARY is not set, and no folder of PATH has it/,
    });
    process.env["UNDERSTUDY_BINARY"] = "/nowhere/understudy";
    assert.throws(() => find("/nowhere"), /UNDERSTUDY_BINARY names `\/nowhere\/understudy`, which is not there/);
  } finally {
    process.env["PATH"] = PATH;
    if (UNDERSTUDY_BINARY !== undefined) process.env["UNDERSTUDY_BINARY"] = UNDERSTUDY_BINARY;
    else delete process.env["UNDERSTUDY_BINARY"];
  }
  await assert.rejects(Understudy.start({ binary: "/nowhere/understudy" }), /cannot run `\/nowhere\/understudy`: .*ENOENT/);
});

test("a program that dies at its start is quoted", async () => {
  const roof = await program("#!/bin/sh\necho 'the roof is on fire' >&2\nexit 7\n");
  await assert.rejects(Understudy.start({ binary: roof }), (died: NotStarted) => {
    assert.ok(died instanceof NotStarted);
    assert.match(died.message, /ended with status 7 before it listened/);
    assert.ok(died.message.endsWith("the last lines of its log:\n    the roof is on fire"), died.message);
    return true;
  });
  const killed = await program("#!/bin/sh\nkill -9 $$\n");
  await assert.rejects(Understudy.start({ binary: killed }), /was ended by SIGKILL before it listened/);
});

test("a port that is taken is named", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const listen = `127.0.0.1:${(taken.address() as AddressInfo).port}`;
  await assert.rejects(Understudy.start({ listen }), new RegExp(`cannot listen on ${listen}: .*another program has that port`));
  taken.close();
});

test("a stand-in that ends too early is quoted", async () => {
  const api = await Understudy.start();
  await share(api.url);
  while (!api.log().includes("CreateShare  example")) await new Promise(setImmediate);
  process.kill(api.pid, "SIGKILL");
  await assert.rejects(async () => {
    for (;;) await api.verdict();
  }, /was ended by SIGKILL while it was needed[^]*POST \/koodrive\/ose\/v1\/share {2}200 {2}CreateShare/);
  await api.stop();
});

test("sixteen start at once", async () => {
  const one = async () => {
    await using api = await Understudy.start();
    return (await share(api.url)).status;
  };
  assert.deepEqual(await Promise.all(Array.from({ length: 16 }, one)), Array(16).fill(200));
});

for (const [how, rest] of [
  ["is killed", "setInterval(() => {}, 1000);"],
  ["forgets it", ""],
] as const) {
  test(`a process that ${how} leaves none behind, and is not held up by it`, async () => {
    const code = `import { Understudy } from "understudy"; console.log((await Understudy.start()).url); ${rest}`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", code], { stdio: ["ignore", "pipe", "inherit"] });
    const [piece] = (await once(child.stdout, "data")) as [Buffer];
    const url = piece.toString().trim();
    if (rest !== "") {
      assert.equal((await share(url)).status, 200);
      child.kill("SIGKILL");
    }
    await once(child, "exit");
    while (!(await isGone(url)));
  });
}
