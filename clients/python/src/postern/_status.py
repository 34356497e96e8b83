"""Refusals over gRPC and HTTP, as the gateways of the service give them."""

from __future__ import annotations

import json
import math
from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from .errors import ERROR_DOMAIN, PosternError

_CODES = {code.value[0]: code for code in grpc.StatusCode}
_NAMES = {401: "unauthenticated", 403: "permission_denied", 503: "unavailable"}


def grpc_code(error: PosternError) -> grpc.StatusCode:
    return _CODES[error.code]


def grpc_trailers(error: PosternError) -> tuple[tuple[str, bytes], ...]:
    """`grpc-status-details-bin` with ErrorInfo, and RetryInfo where waiting helps."""
    details = [_pack(ErrorInfo(reason=error.reason, domain=ERROR_DOMAIN))]
    if error.retry_after is not None:
        details.append(_pack(RetryInfo(retry_delay=Duration(seconds=math.ceil(error.retry_after)))))
    status = Status(code=error.code, message=error.message, details=details)
    return (("grpc-status-details-bin", status.SerializeToString()),)


def _pack(message: Any) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(message)
    return packed


def http_refusal(error: PosternError, *, token_sent: bool) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers and body. The challenge is that of RFC 6750 section 3."""
    status = error.http_status
    body = json.dumps({"code": _NAMES[status], "message": error.message, "reason": error.reason}) + "\n"
    headers = [("content-type", "application/json"), ("content-length", str(len(body)))]
    if status == 401:
        headers.append(("www-authenticate", 'Bearer error="invalid_token"' if token_sent else "Bearer"))
    elif status == 403:
        headers.append(("www-authenticate", 'Bearer error="insufficient_scope"'))
    else:
        headers.append(("retry-after", str(math.ceil(error.retry_after or 1))))
    return status, headers, body.encode()
