from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from joserfc.jwk import KeySet, OctKey


def minimal(job, token):
    """Checks the profile of RFC 9068."""

    class Validator(JWTBearerTokenValidator):
        def get_jwks(self):
            if job["algorithm"] == "HS256":
                return KeySet([OctKey.import_key(job["secret"])])
            return KeySet.import_key_set(job["jwks"])

    validator = Validator(issuer=job["issuer"], resource_server=job["audience"])
    authenticated = validator.authenticate_token(token)
    validator.validate_token(authenticated, [], None)
