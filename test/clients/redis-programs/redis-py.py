"""What redis-libraries.test.ts expects of a client library, with redis-py: URL."""
import json
import sys

import redis

client = redis.Redis.from_url(sys.argv[1], client_name="app")
large = b"ab" * 500_000


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def ok(value):
    return "OK" if value is True else value


results = {
    "ping": "PONG" if client.ping() else "no",
    "set": ok(client.set("k", bytes([0, 255, 13, 10]))),
    "get": client.get("k").hex(),
    "absent": client.get("absent"),
    "setnx": [int(client.setnx("n", "one")), int(client.setnx("n", "two"))],
    "lock": [ok(client.set("l", "one", ex=60, nx=True)), client.set("l", "two", px=60_000, nx=True)],
    "setex": ok(client.setex("e", 60, "0123456789")),
    "getrange": text(client.getrange("e", 2, 4)),
    "strlen": client.strlen("e"),
    "ttl": [client.ttl("e"), client.ttl("absent")],
    "expire": int(client.expire("e", 60)),
    "large": [ok(client.set("large", large)), client.get("large") == large],
    "exists": client.exists("k", "absent", "e"),
    "name": text(client.client_getname()),
    "del": client.delete("k", "n", "l", "e", "large", "absent"),
}
print(json.dumps(results), end="")
