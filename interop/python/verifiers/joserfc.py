from joserfc import jwt
from joserfc.jwk import KeySet, OctKey


def _decode(job, token):
    secret = OctKey.import_key(job["secret"])
    key = secret if job["algorithm"] == "HS256" else KeySet.import_key_set(job["jwks"])
    return jwt.decode(token, key, algorithms=[job["algorithm"]])


def minimal(job, token):
    _decode(job, token)


def configured(job, token):
    issuer = {"essential": True, "value": job["issuer"]}
    audience = {"essential": True, "value": job["audience"]}
    jwt.JWTClaimsRegistry(iss=issuer, aud=audience).validate(_decode(job, token).claims)
