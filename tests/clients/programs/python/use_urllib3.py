"""urllib3. With `off`: `retries=False`."""

import sys

import urllib3

import protocol

SETTING = {"retries": False} if "off" in sys.argv else {}


class Client:
    def __init__(self):
        self.pool = urllib3.PoolManager(maxsize=8)

    def call(self, url, plan):
        answer = self.pool.request(
            plan.method, url, body=plan.body, headers=plan.headers, timeout=protocol.TIMEOUT, **SETTING
        )
        return answer.status, answer.headers.items(), answer.data

    def close(self):
        self.pool.clear()


protocol.run(Client)
