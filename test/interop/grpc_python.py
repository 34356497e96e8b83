"""Calls the gRPC port with grpcio.

Arguments: address, an admin's token, proto/descriptors.binpb. Prints one JSON object a line.
"""

import json
import sys

import grpc
from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, message_factory

address, admin_token, descriptors = sys.argv[1:]
pool = descriptor_pool.DescriptorPool()
with open(descriptors, "rb") as file:
    for proto in descriptor_pb2.FileDescriptorSet.FromString(file.read()).file:
        pool.Add(proto)


def message(name):
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(name))


def auth(name):
    return message(f"postern.auth.v1.{name}")


def method(channel, name, streams=False):
    return (channel.unary_stream if streams else channel.unary_unary)(
        f"/postern.auth.v1.AuthService/{name}",
        request_serializer=auth(f"{name}Request").SerializeToString,
        response_deserializer=auth(f"{name}Response").FromString,
    )


def error_info(error):
    trailers = dict(error.trailing_metadata())
    status = message("google.rpc.Status").FromString(trailers["grpc-status-details-bin"])
    for detail in status.details:
        info = message("google.rpc.ErrorInfo")()
        if any_pb2.Any(type_url=detail.type_url).Is(info.DESCRIPTOR):
            info.ParseFromString(detail.value)
            return info
    raise ValueError("no ErrorInfo")


def ask(case, **options):
    password = "plum-cabinet-orbit-91"
    username = f"grpcio-{case}"
    with grpc.insecure_channel(address, **options) as channel:
        request = auth("RegisterRequest")(email=f"{username}@example.com", username=username, password=password)
        registered = method(channel, "Register")(request, timeout=10).user.username
        login = auth("LoginRequest")(username=username, password=password)
        tokens = method(channel, "Login")(login, timeout=10).tokens
        validate = method(channel, "Validate")
        validated = validate(auth("ValidateRequest")(access_token=tokens.access_token), timeout=10).principal.username
        try:
            validate(auth("ValidateRequest")(access_token="rubbish"), timeout=10)
            refused = ["OK", ""]
        except grpc.RpcError as error:
            refused = [error.code().name, error_info(error).reason]
        watch = method(channel, "WatchRevocations", streams=True)
        bearer = [("authorization", f"Bearer {admin_token}")]
        stream = watch(auth("WatchRevocationsRequest")(), metadata=bearer, timeout=10)
        method(channel, "Logout")(auth("LogoutRequest")(refresh_token=tokens.refresh_token), timeout=10)
        revoked = next(event.revocation for event in stream if event.revocation.session_id == tokens.session_id)
        stream.cancel()
    outcome = {"registered": registered, "validated": validated, "refused": refused}
    outcome["revoked"] = revoked.session_id == tokens.session_id
    print(json.dumps({"case": case, **outcome}), flush=True)


ask("plain")
ask("gzip", compression=grpc.Compression.Gzip)
