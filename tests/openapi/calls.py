"""Calls the stand-in with the client that openapi-generator makes of its document."""

import base64
import hashlib
import hmac
import sys
import time

import understudy_client as made

url, token, client_id, secret = sys.argv[1:]


def client(path=""):
    return made.ApiClient(made.Configuration(host=url + path, access_token=None if path else token))


who = {"x_user_id": "1505084218764547200", "x_date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())}
share = made.CreateShareRequest(
    scope=2, file_ids=["1537770199275720001"], container_id="1537770199275720002", valid_days=7
)
shares = made.SharingByYouApi(client())
assert shares.create_share(create_share_request=share, **who).share_link.short_url

dateline = int(time.time())
values = "\n".join([client_id, str(dateline), "101,102", "30011", "7"])
sign = base64.b64encode(hmac.new(secret.encode(), values.encode(), hashlib.sha1).digest()).decode()
library = made.LibraryApi(client())
answer = library.add_member_with_http_info(
    client_id=client_id, org_id=30011, member_ids=[101, 102], role_id=7, dateline=dateline, sign=sign
)
assert answer.status_code == 200

try:
    made.SharingByYouApi(client("/~refused")).create_share(create_share_request=share, **who)
    raise AssertionError("a call without a token should be refused")
except made.exceptions.UnauthorizedException as refused:
    assert refused.data.error_code.startswith("APIGW."), refused.data
