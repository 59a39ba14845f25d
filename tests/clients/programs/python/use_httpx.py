"""httpx. With `h2`: HTTP/2 with prior knowledge. `verify=False` spares each client the reading of all certificates."""

import sys

import httpx

import protocol

HTTP2 = "h2" in sys.argv


class Client:
    def __init__(self):
        self.client = httpx.Client(http1=not HTTP2, http2=HTTP2, timeout=protocol.TIMEOUT, verify=False)

    def call(self, url, plan):
        answer = self.client.request(plan.method, url, content=plan.body, headers=plan.headers)
        return answer.status_code, answer.headers.multi_items(), answer.content

    def close(self):
        self.client.close()


protocol.run(Client)
