import django
from django.conf import settings


def _authenticate(job, token, **options):
    if not settings.configured:
        key = {"SIGNING_KEY": job["secret"]} if job["algorithm"] == "HS256" else {"JWK_URL": job["jwksUrl"]}
        apps = ["django.contrib.auth", "django.contrib.contenttypes"]
        simple_jwt = {"ALGORITHM": job["algorithm"], **key, **options}
        settings.configure(SECRET_KEY="unused", INSTALLED_APPS=apps, SIMPLE_JWT=simple_jwt)
        django.setup()
    from rest_framework_simplejwt.authentication import JWTStatelessUserAuthentication

    authentication = JWTStatelessUserAuthentication()
    authentication.get_user(authentication.get_validated_token(token.encode()))


def minimal(job, token):
    _authenticate(job, token)


def configured(job, token):
    wanted = {"AUDIENCE": job["audience"], "ISSUER": job["issuer"]}
    _authenticate(job, token, TOKEN_TYPE_CLAIM=None, USER_ID_CLAIM="sub", **wanted)
