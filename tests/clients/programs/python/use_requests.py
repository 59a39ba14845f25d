"""requests: a session."""

import requests

import protocol


class Client:
    def __init__(self):
        self.session = requests.Session()

    def call(self, url, plan):
        answer = self.session.request(plan.method, url, data=plan.body, headers=plan.headers, timeout=protocol.TIMEOUT)
        return answer.status_code, answer.headers.items(), answer.content

    def close(self):
        self.session.close()


protocol.run(Client)
