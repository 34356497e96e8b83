from litestar.security.jwt import Token


def _decode(job, token, **options):
    key = job["secret"] if job["algorithm"] == "HS256" else job["pem"]
    Token.decode(token, secret=key, algorithm=job["algorithm"], **options)


def minimal(job, token):
    _decode(job, token)


def configured(job, token):
    _decode(job, token, audience=job["audience"], issuer=job["issuer"])
