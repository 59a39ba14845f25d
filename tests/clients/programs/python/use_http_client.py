"""http.client of the standard library: one connection, so there is never more than one idle."""

import http.client
import urllib.parse

import protocol


class Client:
    def __init__(self):
        self.connection = None

    def call(self, url, plan):
        parts = urllib.parse.urlsplit(url)
        if self.connection is None:
            self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=protocol.TIMEOUT)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        try:
            self.connection.request(plan.method, path, body=plan.body, headers=plan.headers)
            answer = self.connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        except Exception:
            # It opens itself again; without this the next call would be refused.
            self.connection.close()
            raise

    def close(self):
        if self.connection is not None:
            self.connection.close()


protocol.run(Client)
