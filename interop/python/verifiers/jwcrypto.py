import json

from jwcrypto import jwk, jwt


def _key(job):
    if job["algorithm"] == "HS256":
        return jwk.JWK.from_password(job["secret"])
    return jwk.JWKSet.from_json(json.dumps(job["jwks"]))


def minimal(job, token):
    jwt.JWT(jwt=token, key=_key(job), algs=[job["algorithm"]])


def configured(job, token):
    """Without `exp` among the claims to check, this library no longer looks at it."""
    claims = {"iss": job["issuer"], "aud": job["audience"], "exp": None}
    jwt.JWT(jwt=token, key=_key(job), algs=[job["algorithm"]], check_claims=claims)
