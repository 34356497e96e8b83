"""The messages of postern.conformance.v1.Echo, built from their description: the driver needs no generated code."""

from __future__ import annotations

from typing import Optional

from google.protobuf import descriptor_pb2, message_factory
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.timestamp_pb2 import Timestamp

from postern import Principal

_Field = descriptor_pb2.FieldDescriptorProto
_TEXT, _FLAG, _NUMBER, _MESSAGE = _Field.TYPE_STRING, _Field.TYPE_BOOL, _Field.TYPE_INT64, _Field.TYPE_MESSAGE
_FIELDS = [
    ("user_id", _TEXT),
    ("username", _TEXT),
    ("roles", _TEXT),
    ("session_id", _TEXT),
    ("expires_at", _MESSAGE),
    ("anonymous", _FLAG),
    ("anonymous_reason", _TEXT),
]


def _build() -> tuple[type, type]:
    pool = DescriptorPool()
    times = descriptor_pb2.FileDescriptorProto()
    Timestamp.DESCRIPTOR.file.CopyToProto(times)
    pool.Add(times)
    file = descriptor_pb2.FileDescriptorProto(
        name="echo.proto", package="postern.conformance.v1", syntax="proto3", dependency=[times.name]
    )
    answer = file.message_type.add(name="WhoAmIResponse")
    for number, (name, kind) in enumerate(_FIELDS, 1):
        label = _Field.LABEL_REPEATED if name == "roles" else _Field.LABEL_OPTIONAL
        field = answer.field.add(name=name, number=number, type=kind, label=label)
        if kind == _MESSAGE:
            field.type_name = ".google.protobuf.Timestamp"
    tick = file.message_type.add(name="TicksResponse")
    tick.field.add(name="number", number=1, type=_NUMBER, label=_Field.LABEL_OPTIONAL)
    pool.Add(file)
    names = ("WhoAmIResponse", "TicksResponse")
    found = [pool.FindMessageTypeByName(f"postern.conformance.v1.{name}") for name in names]
    return message_factory.GetMessageClass(found[0]), message_factory.GetMessageClass(found[1])


_WhoAmI, _Tick = _build()


def who_am_i(principal: Optional[Principal], anonymous_reason: str) -> bytes:
    if principal is None:
        return bytes(_WhoAmI(anonymous=True, anonymous_reason=anonymous_reason).SerializeToString())
    answer = _WhoAmI(
        user_id=principal.user_id,
        username=principal.username,
        roles=principal.roles,
        session_id=principal.session_id,
    )
    answer.expires_at.FromDatetime(principal.expires_at)
    return bytes(answer.SerializeToString())


def tick(number: int) -> bytes:
    return bytes(_Tick(number=number).SerializeToString())
