"""Calls Validate with connectrpc for Python.

Arguments: base URL, access token, proto/descriptors.binpb. Prints one JSON object a line.
"""

import json
import sys

from connectrpc.client import ConnectClientSync
from connectrpc.compat import google_protobuf_binary_codec, google_protobuf_json_codec
from connectrpc.errors import ConnectError
from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType
from connectrpc.protocol import ProtocolType
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

base, token, descriptors = sys.argv[1:]
pool = descriptor_pool.DescriptorPool()
with open(descriptors, "rb") as file:
    for proto in descriptor_pb2.FileDescriptorSet.FromString(file.read()).file:
        pool.Add(proto)


def message(name):
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"postern.auth.v1.{name}"))


VALIDATE = MethodInfo(
    name="Validate",
    service_name="postern.auth.v1.AuthService",
    input=message("ValidateRequest"),
    output=message("ValidateResponse"),
    idempotency_level=IdempotencyLevel.NO_SIDE_EFFECTS,
    stream_type=StreamType.UNARY,
)


def ask(case, use_get=False, **options):
    options.setdefault("codec", google_protobuf_binary_codec())
    with ConnectClientSync(base, **options) as client:

        def call(access_token):
            request = VALIDATE.input(access_token=access_token)
            return client.execute_unary(request=request, method=VALIDATE, use_get=use_get)

        username = call(token).principal.username
        try:
            refused = call("rubbish").principal.username
        except ConnectError as error:
            refused = error.code.value
    print(json.dumps({"case": case, "username": username, "refused": refused}), flush=True)


ask("as it comes: protobuf, gzip")
ask("JSON", codec=google_protobuf_json_codec())
ask("GET", use_get=True)
ask("gRPC-Web", protocol=ProtocolType.GRPC_WEB)
