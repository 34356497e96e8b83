"""grpcio_client.py ADDRESS TOKEN [SERVICE_CONFIG]: calls Validate until standard input ends, then prints the codes."""

import json
import sys
import threading
import time

import grpc

address, token, *config = sys.argv[1:]
options = [("grpc.service_config", open(config[0]).read())] if config else []
channel = grpc.insecure_channel(address, options=options)
validate = channel.unary_unary("/postern.auth.v1.AuthService/Validate")
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
codes = {}
while not ended.is_set():
    code = "OK"
    try:
        validate(b"", metadata=[("authorization", f"Bearer {token}")])
    except grpc.RpcError as error:
        code = error.code().name
    codes[code] = codes.get(code, 0) + 1
    time.sleep(0.02)
print(json.dumps(codes))
