from jose import jwt


def _key(job):
    return job["secret"] if job["algorithm"] == "HS256" else job["jwks"]


def minimal(job, token):
    jwt.decode(token, _key(job), algorithms=[job["algorithm"]])


def configured(job, token):
    options = {"audience": job["audience"], "issuer": job["issuer"]}
    jwt.decode(token, _key(job), algorithms=[job["algorithm"]], **options)
