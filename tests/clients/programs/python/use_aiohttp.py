"""aiohttp. With `close`: `force_close=True`, so no connection is used twice. With `off`: a private switch."""

import asyncio
import sys

import aiohttp

import protocol


async def call(session, url, plan):
    async with session.request(plan.method, url, data=plan.body, headers=plan.headers) as answer:
        return answer.status, answer.headers.items(), await answer.read()


async def attempt(session, plan, what, url):
    try:
        protocol.answer(plan, what, *await call(session, url, plan))
    except Exception as problem:
        protocol.error(plan, what, problem)


async def main():
    for plan in protocol.plans():
        connector = aiohttp.TCPConnector(force_close="close" in sys.argv)
        timeout = aiohttp.ClientTimeout(total=protocol.TIMEOUT)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            if "off" in sys.argv:
                session._retry_connection = False
            await asyncio.gather(*(attempt(session, plan, "before", plan.before) for _ in range(plan.count)))
            await attempt(session, plan, "call", plan.url)
            await attempt(session, plan, "after", plan.after)


asyncio.run(main())
