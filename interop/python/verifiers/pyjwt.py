import jwt


def _key(job, token):
    if job["algorithm"] == "HS256":
        return job["secret"]
    return jwt.PyJWKClient(job["jwksUrl"]).get_signing_key_from_jwt(token)


def minimal(job, token):
    jwt.decode(token, _key(job, token), algorithms=[job["algorithm"]])


def configured(job, token):
    options = {"audience": job["audience"], "issuer": job["issuer"]}
    jwt.decode(token, _key(job, token), algorithms=[job["algorithm"]], **options)
