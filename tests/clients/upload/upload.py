"""Uploads 20 MB in parts to a stand-in with a world, reads them back, and checks every byte.

    python3 tests/clients/upload/upload.py http://127.0.0.1:8080

Only the standard library. Exit status 0 if all went well.
"""

import concurrent.futures
import datetime
import hashlib
import json
import random
import sys
import urllib.error
import urllib.request

BASE = sys.argv[1].rstrip("/")
API = BASE + "/koodrive/ose/v1"
LIN = "1505084218764547200"
PART = 8 << 20
DATA = random.Random(7).randbytes(20_000_000)


def call(method, path, body=None, fail=None):
    """One call of the API. `fail` is the code that it should be refused with."""
    now = datetime.datetime.now(datetime.timezone.utc)
    request = urllib.request.Request(API + path, method=method, data=None if body is None else json.dumps(body).encode())
    for name, value in {
        "Authorization": "Bearer 0123456789abcdef",
        "X-User-Id": LIN,
        "X-Date": now.strftime("%Y%m%dT%H%M%SZ"),
        "Content-Type": "application/json",
    }.items():
        request.add_header(name, value)
    try:
        with urllib.request.urlopen(request) as answer:
            assert not fail, f"{path} should have failed with {fail}"
            return json.load(answer)
    except urllib.error.HTTPError as error:
        text = error.read().decode()
        if fail and str(fail) in text:
            return json.loads(text)
        raise SystemExit(f"{method} {path}: {error.code} {text}") from None


def put(url, data):
    request = urllib.request.Request(url, method="PUT", data=data)
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["ETag"] == f'"{hashlib.md5(data).hexdigest()}"', answer.headers["ETag"]


def get(url, headers=None, method="GET"):
    request = urllib.request.Request(url, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def parts():
    spans = range(0, len(DATA), PART)
    return [{"partNumber": n, "partSize": min(PART, len(DATA) - at)} for n, at in enumerate(spans, 1)]


space = call("GET", f"/space/{LIN}?type=1")["data"]["containerId"]
new = {
    "fileName": "film.bin",
    "fileType": "45",
    "parentFolder": ["root"],
    "length": len(DATA),
    "uploadMode": "multipart",
    "uploadType": 1,
    "autoRename": 3,
    "containerId": space,
    "mimeType": "video/mp4",
    "multiParts": parts(),
}
file = call("POST", "/files/create", new)
assert not file["exist"] and len(file["multiParts"]) == 3, file

# The file is in no list before it is complete, and its name is taken.
listed = call("POST", "/files/0", {"containerId": space, "parentFileId": "root"})
assert "film.bin" not in [entry["fileName"] for entry in listed["files"]]
call("POST", "/files/create", new, fail=13000405)
call("POST", "/files/complete", {"fileId": file["fileId"]}, fail=13000402)

# Parts in parallel and in any order; one of them twice.
bodies = {p["partNumber"]: DATA[PART * (p["partNumber"] - 1) :][: p["partSize"]] for p in file["multiParts"]}
again = call("POST", "/files/multipart/uploadUrl", {"fileId": file["fileId"], "multiParts": parts()})["multiParts"]
jobs = [(p["uploadUrl"], bodies[p["partNumber"]]) for p in reversed(file["multiParts"] + again)]
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    list(pool.map(lambda job: put(*job), jobs))

wrong = hashlib.sha256(b"something else").hexdigest()
call("POST", "/files/complete", {"fileId": file["fileId"], "sha256": wrong}, fail=13000402)
call("POST", "/files/complete", {"fileId": file["fileId"], "sha256": hashlib.sha256(DATA).hexdigest()})
call("POST", "/files/complete", {"fileId": file["fileId"]}, fail=13000401)
listed = call("POST", "/files/0", {"containerId": space, "parentFileId": "root"})
assert [entry["size"] for entry in listed["files"] if entry["fileName"] == "film.bin"] == [len(DATA)], listed

# Down again: whole, a part, nothing new, only its head.
found = call("POST", "/files/download", {"containerId": space, "fileIds": [file["fileId"], "F" + "0" * 32]})
assert found["batchCode"] == 0 and found["downloads"][1]["code"] == "13000309", found
url = found["downloads"][0]["url"]
status, headers, body = get(url)
assert (status, body == DATA, headers["Content-Type"]) == (200, True, "video/mp4"), (status, len(body))
status, partial, body = get(url, {"Range": "bytes=8000000-9000000"})
assert (status, body == DATA[8_000_000:9_000_001]) == (206, True)
assert partial["Content-Range"] == f"bytes 8000000-9000000/{len(DATA)}"
assert get(url, {"If-None-Match": headers["ETag"]})[0] == 304
assert get(url, {"Range": f"bytes={len(DATA)}-"})[0] == 416
status, head, body = get(url, method="HEAD")
assert (status, head["Content-Length"], body) == (200, str(len(DATA)), b"")

# A link that was changed opens nothing.
status, _, body = get(url.replace("X-Amz-Expires=3600", "X-Amz-Expires=9999"))
assert status == 403 and b"<Code>SignatureDoesNotMatch</Code>" in body, body

# The same bytes once more need no upload.
digest = hashlib.sha256(DATA).hexdigest()
twin = {**new, "fileName": "twin.bin", "sha256": digest, "proofCode": "any", "preHash": hashlib.sha256(DATA[:1024]).hexdigest()}
assert call("POST", "/files/create", twin)["rapidUpload"] is True
same = call("POST", "/files/create", {**twin, "autoRename": 4})
assert same["exist"] is True, same
print(f"uploaded and read back {len(DATA)} bytes")
