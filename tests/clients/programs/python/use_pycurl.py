"""libcurl through pycurl. With `h2`: HTTP/2 with prior knowledge. With `off`: no connection is used twice."""

import io
import sys

import pycurl

import protocol


class Client:
    def __init__(self):
        self.handle = pycurl.Curl()

    def call(self, url, plan):
        handle = self.handle
        handle.reset()
        head, body = [], io.BytesIO()
        handle.setopt(pycurl.URL, url)
        handle.setopt(pycurl.TIMEOUT_MS, int(protocol.TIMEOUT * 1000))
        handle.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in plan.headers.items()])
        if plan.body is not None:
            handle.setopt(pycurl.POSTFIELDS, plan.body)
        if "h2" in sys.argv:
            handle.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE)
        if "off" in sys.argv:
            handle.setopt(pycurl.FORBID_REUSE, 1)
        handle.setopt(pycurl.HEADERFUNCTION, lambda line: head.append(line.decode("latin-1").rstrip()))
        handle.setopt(pycurl.WRITEFUNCTION, body.write)
        try:
            handle.perform()
        except pycurl.error as problem:
            problem.shown = f"CURLE {problem.args[0]}"
            raise
        last = max(index for index, line in enumerate(head) if line.startswith("HTTP/"))
        headers = [line.split(": ", 1) for line in head[last + 1 :] if ": " in line]
        return handle.getinfo(pycurl.RESPONSE_CODE), headers, body.getvalue()

    def close(self):
        self.handle.close()


protocol.run(Client)
