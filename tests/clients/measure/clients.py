"""The clients that are measured. `starts.py` knows how each is installed and started."""

from collections.abc import Callable
from dataclasses import dataclass

from .install import Place, Unavailable
from .starts import Started, curl, go, java_library, jdk, node, pypi, python, ruby

RETRY_POST = "-Dsun.net.http.retryPost=false"
KEEP_ALIVE = "-Dhttp.keepAlive=false"
RETRY_LIMIT = "-Djdk.httpclient.redirects.retrylimit=1"
RETRY_CONNECT = "-Djdk.httpclient.disableRetryConnect=true"


@dataclass(frozen=True)
class Client:
    library: str
    start: Callable[[Place], Started]
    # What was switched, in the words of its documentation; empty at its defaults.
    setting: str = ""
    http: str = "1.1"
    # Whether it can have several idle connections to one host.
    pools: bool = True
    # Processes among which its cases are divided; more where it waits for seconds between its retries.
    processes: int = 6

    @property
    def name(self):
        marks = [mark for mark in (self.setting, "HTTP/2" if self.http == "2" else "") if mark]
        return f"{self.library} ({', '.join(marks)})" if marks else self.library


CLIENTS = [
    Client("urllib3", pypi("urllib3")),
    Client("urllib3", pypi("urllib3", "off"), setting="retries=False"),
    Client("requests", pypi("requests")),
    Client("httpx", pypi("httpx")),
    Client("httpx", pypi("httpx", "h2"), http="2"),
    Client("aiohttp", pypi("aiohttp")),
    Client("aiohttp", pypi("aiohttp", "close"), setting="force_close=True"),
    Client("aiohttp", pypi("aiohttp", "off"), setting="_retry_connection = False"),
    Client("http.client", python("http_client"), pools=False),
    Client("curl", curl, pools=False),
    Client("libcurl", pypi("pycurl"), pools=False),
    Client("libcurl", pypi("pycurl", "off"), setting="CURLOPT_FORBID_REUSE", pools=False),
    Client("libcurl", pypi("pycurl", "h2"), http="2", pools=False),
    Client("fetch", node("fetch")),
    Client("undici", node("undici")),
    Client("got", node("got"), processes=16),
    Client("got", node("got", "off"), setting="retry: { limit: 0 }"),
    Client("ky", node("ky"), processes=16),
    Client("ky", node("ky", "off"), setting="retry: 0"),
    Client("axios", node("axios")),
    Client("node:http", node("http")),
    Client("node:http2", node("http2"), http="2", pools=False),
    Client("HttpURLConnection", jdk("UseUrlConnection")),
    Client("HttpURLConnection", jdk("UseUrlConnection", option=RETRY_POST), setting=RETRY_POST),
    Client("HttpURLConnection", jdk("UseUrlConnection", option=KEEP_ALIVE), setting=KEEP_ALIVE),
    Client("HttpURLConnection", jdk("UseUrlConnection", "stream"), setting="setFixedLengthStreamingMode"),
    Client("HttpURLConnection (Java 17)", jdk("UseUrlConnection", old=True)),
    Client("java.net.http", jdk("UseHttpClient")),
    Client("java.net.http", jdk("UseHttpClient", option=RETRY_LIMIT), setting=RETRY_LIMIT),
    Client("java.net.http", jdk("UseHttpClient", option=RETRY_CONNECT), setting=RETRY_CONNECT),
    Client("java.net.http (Java 17)", jdk("UseHttpClient", old=True)),
    Client("OkHttp", java_library("UseOkHttp")),
    Client("OkHttp", java_library("UseOkHttp", "off"), setting="retryOnConnectionFailure(false)"),
    Client("OkHttp", java_library("UseOkHttp", "h2"), http="2"),
    Client("OkHttp", java_library("UseOkHttp", "h2", "off"), setting="retryOnConnectionFailure(false)", http="2"),
    Client("Apache HttpClient 4", java_library("UseApache4")),
    Client("Apache HttpClient 4", java_library("UseApache4", "off"), setting="disableAutomaticRetries()"),
    Client("Apache HttpClient 5", java_library("UseApache5")),
    Client("Apache HttpClient 5", java_library("UseApache5", "off"), setting="disableAutomaticRetries()"),
    Client("Go net/http", go()),
    Client("Go net/http", go("off"), setting="DisableKeepAlives"),
    Client("Go net/http", go("h2"), http="2"),
    Client("Net::HTTP", ruby()),
    Client("Net::HTTP", ruby("off"), setting="max_retries = 0"),
]


def available(place, clients):
    """Those of the clients that can be had here, started, and why the others cannot."""
    ready, skipped = [], []
    for client in clients:
        try:
            ready.append((client, client.start(place)))
        except Unavailable as reason:
            skipped.append({"client": client.name, "reason": str(reason)})
    return ready, skipped
