"""Forks again and again while threads validate: `fork_survivor.py ADDRESS JWKS_URL API_KEY TOKEN`.

Ends with 0 when each child, and the parent throughout, got its answers.
"""

import os
import sys
import threading

from postern import Client, PosternError

FORKS = 3
address, jwks_url, api_key, token = sys.argv[1:]
client = Client(address, api_key=api_key, jwks_url=jwks_url)
client.ready()
stopping = threading.Event()
refusals: list[PosternError] = []


def validate_on() -> None:
    # An API key and an access token: answers of the service and answers from memory.
    while not stopping.is_set():
        for each in (token, api_key):
            try:
                client.validate(each)
            except PosternError as error:
                refusals.append(error)


threads = [threading.Thread(target=validate_on) for _ in range(4)]
for thread in threads:
    thread.start()
for _ in range(FORKS):
    child = os.fork()
    if child == 0:
        client.ready()
        before = client.stats().answers.get(("local", "ACCEPTED"), 0)
        client.validate(token)
        os._exit(0 if client.stats().answers.get(("local", "ACCEPTED"), 0) == before + 1 else 3)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    # In one write: the child writes to the same pipe.
    os.write(1, f"child {status}\n".encode())
stopping.set()
for thread in threads:
    thread.join()
client.ready()
os.write(1, f"parent {client.validate(token).username} {len(refusals)} refusals\n".encode())
