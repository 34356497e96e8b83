import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from authlib.jose import JsonWebKey, JsonWebToken


def _decode(job, token, **options):
    keys = job["secret"] if job["algorithm"] == "HS256" else JsonWebKey.import_key_set(job["jwks"])
    JsonWebToken([job["algorithm"]]).decode(token, keys, **options).validate()


def minimal(job, token):
    _decode(job, token)


def configured(job, token):
    wanted = {name: {"essential": True, "value": job[key]} for name, key in [("iss", "issuer"), ("aud", "audience")]}
    _decode(job, token, claims_options=wanted)
