"""Opens a client, forks, and lets both processes validate: `fork_survivor.py ADDRESS JWKS_URL API_KEY TOKEN`."""

import os
import sys

from postern import Client

address, jwks_url, api_key, token = sys.argv[1:]
client = Client(address, api_key=api_key, jwks_url=jwks_url)
client.ready()
child = os.fork()
name = "child" if child == 0 else "parent"
client.ready()
said = f"{name} {client.validate(token).username} {client.stats().answers.get(('local', 'OK'), 0)}\n"
# In one write: the other process writes to the same pipe.
os.write(1, said.encode())
if child == 0:
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
