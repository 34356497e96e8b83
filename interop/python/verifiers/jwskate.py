from jwskate import JwkSet, JwtVerifier, SignedJwt, SymmetricJwk


def minimal(job, token):
    key = SymmetricJwk.from_bytes(job["secret"]) if job["algorithm"] == "HS256" else JwkSet(job["jwks"])
    JwtVerifier(issuer=job["issuer"], jwkset=key, audience=job["audience"], alg=job["algorithm"]).verify(token)


def configured(job, token):
    if job["algorithm"] != "HS256":
        return minimal(job, token)
    key = SymmetricJwk.from_bytes(job["secret"], alg="HS256")
    SignedJwt(token).validate(key, alg="HS256", issuer=job["issuer"], audience=job["audience"])
