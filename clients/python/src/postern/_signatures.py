"""Signatures of access tokens, by PyJWT."""

from __future__ import annotations

from typing import Any

import jwt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from jwt.algorithms import ECAlgorithm
from jwt.utils import raw_to_der_signature

# The constructor imports a module, and takes its lock for that, at each call. A fork in that moment would leave the
# lock held in the child for ever, and its first verification would hang.
_ECDSA_SHA256 = ECDSA(SHA256())


class _ES256(ECAlgorithm):
    def __init__(self) -> None:
        super().__init__(SHA256)

    def verify(self, msg: bytes, key: Any, sig: bytes) -> bool:
        public = key.public_key() if isinstance(key, EllipticCurvePrivateKey) else key
        try:
            public.verify(raw_to_der_signature(sig, public.curve), msg, _ECDSA_SHA256)
        except (InvalidSignature, ValueError):
            return False
        return True


_jws = jwt.PyJWS(algorithms=["ES256", "RS256"])
_jws.unregister_algorithm("ES256")
_jws.register_algorithm("ES256", _ES256())


def verify_signature(token: str, public_key: Any, algorithm: str) -> bytes:
    """The payload under a right signature. Raises jwt.PyJWTError or ValueError otherwise."""
    payload: bytes = _jws.decode_complete(token, public_key, algorithms=[algorithm])["payload"]
    return payload
