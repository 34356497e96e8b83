"""grpcio_client.py ADDRESS TOKEN [SERVICE_CONFIG]: calls Validate until standard input ends, then prints the codes.

grpcio_client.py once ADDRESS METHOD REQUEST_BASE64 SERVICE_CONFIG: makes one call.
"""

import base64
import json
import sys
import threading
import time

import grpc


def connect(address, config):
    options = [("grpc.service_config", open(config[0]).read())] if config else []
    return grpc.insecure_channel(address, options=options)


def invoke(method, request, metadata):
    """The name of the code."""
    try:
        method(request, metadata=metadata)
    except grpc.RpcError as error:
        return error.code().name
    return "OK"


def call_until_end(address, token, *config):
    validate = connect(address, config).unary_unary("/postern.auth.v1.AuthService/Validate")
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    codes = {}
    while not ended.is_set():
        code = invoke(validate, b"", [("authorization", f"Bearer {token}")])
        codes[code] = codes.get(code, 0) + 1
        time.sleep(0.02)
    print(json.dumps(codes))


def call_once(address, path, request, *config):
    method = connect(address, config).unary_unary(path)
    started = time.monotonic()
    code = invoke(method, base64.b64decode(request), [])
    print(json.dumps({"code": code, "ms": round((time.monotonic() - started) * 1000)}))


if sys.argv[1] == "once":
    call_once(*sys.argv[2:])
else:
    call_until_end(*sys.argv[1:])
